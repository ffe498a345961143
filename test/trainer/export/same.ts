import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import { runNetwork } from "../../../shared/network/run.ts";
import { networkSchema } from "../../../shared/network/schema.ts";
import { inferShapes } from "../../../shared/network/shapes.ts";
import { type Exported, exportNetwork } from "../../../trainer/export/network.ts";
import { expectClose } from "../../oracles/numbers.ts";

/** Of such a range that relu6 cuts off. */
export const images = (n: number, size: number) =>
  tf.randomNormal([n, size, size, 3], 1, 8, "float32", 5);

/** Moves all but the kernels, which are random: then no bias is 0 and no batch norm does nothing. */
export function disturb(model: tfl.LayersModel): void {
  model.layers.forEach((layer, at) => {
    const weights = layer.getWeights().map((weight, i) => {
      if (weight.shape.length > 1) return weight;
      const noise = tf.randomUniform(weight.shape, -0.3, 0.3, "float32", 10 * at + i + 1);
      // Variances stay positive.
      return tf.add(weight, layer.getClassName() === "BatchNormalization" ? tf.abs(noise) : noise);
    });
    layer.setWeights(weights);
  });
}

/** Fails unless the exported network gives what the model predicts. */
export function expectSame(model: tfl.LayersModel, size: number, tolerance = 1e-4): Exported {
  const exported = exportNetwork(model);
  expect(networkSchema.parse(exported.network)).toEqual(exported.network);
  const { weights } = inferShapes(exported.network, { width: size, height: size });
  expect([...exported.tensors.keys()].sort()).toEqual(weights.map(({ name }) => name).sort());
  for (const { name, shape } of weights) expect(exported.tensors.get(name)?.shape).toEqual(shape);
  const tensors = new Map(
    Array.from(exported.tensors, ([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
  );
  const input = images(3, size);
  const expected = model.predict(input);
  if (!(expected instanceof tf.Tensor)) throw new Error("not one output");
  const actual = runNetwork(exported.network, tensors, input as tf.Tensor4D);
  expect(actual.shape).toEqual(expected.shape);
  expectClose(actual.dataSync(), expected.dataSync(), tolerance);
  return exported;
}
