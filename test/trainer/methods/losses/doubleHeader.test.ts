import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { doubleHeaderHinge } from "../../../../trainer/methods/losses/doubleHeader.ts";
import { naiveDoubleHeader } from "../../../oracles/losses.ts";
import type { Quadruplet } from "../../../oracles/mining.ts";
import { differences, expectClose, numbers, toRows } from "../../../oracles/numbers.ts";

const N = 5;

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const tensors = (quadruplets: Quadruplet[]) => ({
  anchors: tf.tensor1d(
    quadruplets.map(({ i }) => i),
    "int32",
  ),
  positives: tf.tensor1d(
    quadruplets.map(({ j }) => j),
    "int32",
  ),
  negativesOfAnchor: tf.tensor1d(
    quadruplets.map(({ k }) => k),
    "int32",
  ),
  negativesOfPositive: tf.tensor1d(
    quadruplets.map(({ l }) => l),
    "int32",
  ),
});

describe("the double-header hinge", () => {
  // Not symmetric, so that mixing up s_ij and s_ji shows.
  const similarity = numbers(N * N, 5);
  const quadruplets: Quadruplet[] = [
    { i: 0, j: 1, k: 2, l: 3 },
    { i: 0, j: 4, k: 2, l: 2 },
    { i: 3, j: 2, k: 0, l: 4 },
  ];

  it.each([0, 0.5, 1, 5])("is the mean over the quadruplets, margin %d", (margin) => {
    const loss = doubleHeaderHinge(tf.tensor2d(similarity, [N, N]), tensors(quadruplets), margin);
    expect(loss.shape).toEqual([]);
    expectClose(loss.dataSync(), [naiveDoubleHeader(toRows(similarity, N), quadruplets, margin)]);
  });

  it("is zero if both terms keep the margin", () => {
    const s = tf.tensor2d([1, 1, -1, -1, 1, 1, -1, -1, -1, -1, 1, 1, -1, -1, 1, 1], [4, 4]);
    const loss = doubleHeaderHinge(s, tensors([{ i: 0, j: 1, k: 2, l: 3 }]), 2);
    expect(loss.dataSync()[0]).toBe(0);
  });

  it("is two margins for a constant similarity", () => {
    const loss = doubleHeaderHinge(tf.fill([N, N], -3), tensors(quadruplets), 0.5);
    expectClose(loss.dataSync(), [1]);
  });

  it("has the gradient of finite differences", () => {
    const gradient = tf.grad((s) => doubleHeaderHinge(s as tf.Tensor2D, tensors(quadruplets), 0.5));
    const slopes = differences(
      (values) => naiveDoubleHeader(toRows(values, N), quadruplets, 0.5),
      similarity,
    );
    expect(slopes.some((slope) => slope !== 0)).toBe(true);
    expectClose(gradient(tf.tensor2d(similarity, [N, N])).dataSync(), slopes);
  });

  it("is exactly zero without quadruplets, and so is its gradient", () => {
    const s = tf.tensor2d(similarity, [N, N]);
    const { value, grad } = tf.valueAndGrad((x) => doubleHeaderHinge(x as tf.Tensor2D, null, 1))(s);
    expect(value.shape).toEqual([]);
    expect(value.dataSync()[0]).toBe(0);
    expect(Array.from(grad.dataSync())).toEqual(Array.from(similarity, () => 0));
  });
});
