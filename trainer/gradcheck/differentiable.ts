import * as tf from "@tensorflow/tfjs-core";
import { type Case, type Results, VALUE } from "./case.ts";

export type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Normally distributed values, the same on every backend. */
const noise = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);

/**
 * The value of an op, and the gradients of a sum of its elements, each with another weight.
 *
 * @param shapes shapes of the inputs by the name of their gradient; the values are normally distributed
 */
export function valueAndGradients(op: Op, shapes: ReadonlyMap<string, number[]>): Results {
  const results = tf.tidy(() => {
    const inputs = Array.from(shapes.values(), (shape, i) => noise(shape, 7 + i));
    const weighted = (...tensors: tf.Tensor[]): tf.Scalar => {
      const output = op(...tensors);
      return tf.sum(tf.mul(output, noise(output.shape, 3)));
    };
    const { grads } = tf.valueAndGrads(weighted)(inputs);
    return [op(...inputs), ...grads].map((tensor) => Float32Array.from(tensor.dataSync()));
  });
  return new Map([VALUE, ...shapes.keys()].map((name, i) => [name, results[i]!]));
}

/** A case of an op on tensors of these shapes. @param reference computes the same on the cpu backend */
export function differentiable(name: string, op: Op, shapes: number[][], reference?: Op): Case {
  const named = new Map(shapes.map((shape, i) => [`gradient ${i + 1}`, shape]));
  return {
    name,
    run: () => valueAndGradients(op, named),
    ...(reference && { reference: () => valueAndGradients(reference, named) }),
  };
}
