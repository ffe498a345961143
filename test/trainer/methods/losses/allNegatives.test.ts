import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { allNegativesHinge } from "../../../../trainer/methods/losses/allNegatives.ts";
import { naiveAllNegatives } from "../../../oracles/losses.ts";
import { differences, expectClose, numbers, toRows } from "../../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const batches: { title: string; labels: number[] }[] = [
  { title: "equal classes", labels: [0, 0, 1, 1] },
  { title: "classes out of order and of unequal size", labels: [7, 2, 7, 2, 2, 5] },
  { title: "one positive pair among singletons", labels: [3, 1, 2, 3, 4] },
  { title: "a single negative for most", labels: [0, 0, 0, 0, 1] },
];

describe("the hinge over all negatives", () => {
  it.each(batches)("is the mean over pairs and negatives: $title", ({ labels }) => {
    const n = labels.length;
    const similarity = numbers(n * n, n);
    for (const margin of [0, 0.5, 5]) {
      const loss = allNegativesHinge(tf.tensor2d(similarity, [n, n]), labels, margin);
      expect(loss.shape).toEqual([]);
      expectClose(loss.dataSync(), [naiveAllNegatives(toRows(similarity, n), labels, margin)]);
    }
  });

  it.each(batches)("has the gradient of finite differences: $title", ({ labels }) => {
    const n = labels.length;
    const similarity = numbers(n * n, n);
    const gradient = tf.grad((s) => allNegativesHinge(s as tf.Tensor2D, labels, 0.5));
    const slopes = differences(
      (values) => naiveAllNegatives(toRows(values, n), labels, 0.5),
      similarity,
    );
    expect(slopes.some((slope) => slope !== 0)).toBe(true);
    expectClose(gradient(tf.tensor2d(similarity, [n, n])).dataSync(), slopes);
  });

  it.each([
    { title: "one class, so no negative", labels: [4, 4, 4] },
    { title: "no two of a class, so no positive", labels: [0, 1, 2] },
    { title: "one item", labels: [0] },
  ])("is exactly zero, with a zero gradient: $title", ({ labels }) => {
    const n = labels.length;
    const s = tf.tensor2d(numbers(n * n, 2), [n, n]);
    const { value, grad } = tf.valueAndGrad((x) => allNegativesHinge(x as tf.Tensor2D, labels, 1))(
      s,
    );
    expect(value.dataSync()[0]).toBe(0);
    expect(Array.from(grad.dataSync())).toEqual(Array.from({ length: n * n }, () => 0));
  });

  it("is zero for negatives far beyond the margin", () => {
    const s = tf.tensor2d([1e6, 1e6, -1e6, 1e6, 1e6, -1e6, -1e6, -1e6, 1e6], [3, 3]);
    expect(allNegativesHinge(s, [0, 0, 1], 0.5).dataSync()[0]).toBe(0);
  });
});
