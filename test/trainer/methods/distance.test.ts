import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { l2Normalize } from "../../../shared/normalize.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { pairwiseDistances } from "../../../trainer/methods/distance.ts";
import { naiveDistances } from "../../oracles/losses.ts";
import { differences, expectClose, normalizeRows, numbers, toRows } from "../../oracles/numbers.ts";

const N = 5;
const D = 6;

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("pairwise distances", () => {
  const raw = toRows(numbers(N * D, 9), D);
  const rows = normalizeRows(raw);

  it("are Euclidean", () => {
    const distances = pairwiseDistances(tf.tensor2d(rows));
    expect(distances.shape).toEqual([N, N]);
    // Float32 rounding gives a squared distance of an item to itself of about 1e-7, a root of 1e-4.
    expectClose(distances.dataSync(), naiveDistances(rows).flat(), 2e-4);
  });

  it("have the gradient of finite differences", () => {
    // Leave out the diagonal, which is only rounding.
    const importance = Array.from(numbers(N * N, 4), (v, cell) => (cell % (N + 1) === 0 ? 0 : v));
    const gradient = tf.grad((x) => {
      const distances = pairwiseDistances(l2Normalize(x as tf.Tensor2D));
      return tf.sum(tf.mul(tf.reshape(distances, [-1]), importance));
    });
    const slopes = differences(
      (values) =>
        naiveDistances(normalizeRows(toRows(values, D)))
          .flat()
          .reduce((sum, distance, cell) => sum + importance[cell] * distance, 0),
      raw.flat(),
    );
    expectClose(gradient(tf.tensor2d(raw)).dataSync(), slopes, 1e-4);
  });

  it("are finite for identical rows, gradients included", () => {
    const twins = tf.tensor2d([rows[0], rows[0], rows[1]]);
    const { value, grad } = tf.valueAndGrad((x) => tf.sum(pairwiseDistances(x as tf.Tensor2D)))(
      twins,
    );
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    expect(grad.dataSync().every(Number.isFinite)).toBe(true);
    expect(pairwiseDistances(twins).dataSync()[1]).toBeLessThan(2e-3);
  });
});
