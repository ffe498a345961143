/** Compares the value and all gradients of an op on wasm with the cpu backend. */
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

export type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** An op, the shapes of its inputs, and where needed another way to compute it on the cpu. */
export type Case = [name: string, op: Op, shapes: number[][], reference?: Op];

export async function agree([, op, shapes, reference = op]: Case): Promise<void> {
  const actual = await valueAndGradients("wasm", op, shapes);
  const expected = await valueAndGradients("cpu", reference, shapes);
  expect(actual.map((values) => values.length)).toEqual(expected.map((values) => values.length));
  expected.forEach((values, i) => {
    const error = largest(values.map((value, j) => value - actual[i][j]));
    expect(
      error / Math.max(largest(values), 1e-3),
      i === 0 ? "value" : `gradient ${i}`,
    ).toBeLessThan(1e-4);
  });
}

function largest(values: Float32Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

/** Of the sum of the op's output, weighted so that no two of its elements count alike. */
async function valueAndGradients(
  backend: string,
  op: Op,
  shapes: number[][],
): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const results = tf.tidy(() => {
    const inputs = shapes.map((shape, i) => noise(shape, 7 + i));
    const weighted = (...tensors: tf.Tensor[]): tf.Scalar => {
      const output = op(...tensors);
      return tf.sum(tf.mul(output, noise(output.shape, 3)));
    };
    const { grads } = tf.valueAndGrads(weighted)(inputs);
    return [op(...inputs), ...grads].map((tensor) => Float32Array.from(tensor.dataSync()));
  });
  await tf.setBackend("wasm");
  return results;
}

function noise(shape: number[], seed: number): tf.Tensor {
  return tf.randomNormal(shape, 0, 1, "float32", seed);
}
