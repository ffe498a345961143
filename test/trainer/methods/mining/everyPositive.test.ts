import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { mineEveryPositive } from "../../../../trainer/methods/mining/everyPositive.ts";
import { naiveMining } from "../../../oracles/mining.ts";
import { listQuadruplets } from "../../../oracles/quadruplets.ts";
import { scoreMatrix } from "../../../oracles/scores.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const mine = (s: number[][], labels: number[]) =>
  listQuadruplets(mineEveryPositive(tf.tensor2d(s), labels));

describe("mining every positive", () => {
  it.each([
    { labels: [0, 0, 1, 1] },
    { labels: [7, 2, 7, 2, 2, 5] },
    { labels: [1, 0, 1, 0, 1, 0, 1, 0] },
    { labels: [0, 0, 0, 9] },
  ])("agrees with trying everything: classes $labels", ({ labels }) => {
    for (let seed = 0; seed < 10; seed++) {
      const s = scoreMatrix(labels.length, seed);
      expect(mine(s, labels)).toEqual(naiveMining(s, labels, "every"));
    }
  });

  it.each([
    { title: "all below zero", scale: 1, shift: -5 },
    { title: "very low", scale: 1e30, shift: -1e36 },
    { title: "very high", scale: 1e30, shift: 1e36 },
    { title: "tiny", scale: 1e-30, shift: 0 },
  ])("never takes a masked item as a negative: scores $title", ({ scale, shift }) => {
    const labels = [0, 1, 0, 2, 1, 0];
    const s = scoreMatrix(labels.length, 3, scale, shift);
    const mined = mine(s, labels);
    expect(mined).toEqual(naiveMining(s, labels, "every"));
    for (const { i, j, k, l } of mined) {
      expect(labels[k]).not.toBe(labels[i]);
      expect(labels[l]).not.toBe(labels[j]);
    }
  });

  it("takes the first of equal negatives", () => {
    const s = Array.from({ length: 5 }, () => [1, 1, 1, 1, 1]);
    expect(mine(s, [0, 1, 1, 0, 2])).toEqual([
      { i: 0, j: 3, k: 1, l: 1 },
      { i: 1, j: 2, k: 0, l: 0 },
    ]);
  });

  it("uses a class of one image only for negatives", () => {
    const s = [
      [9, 0, 3],
      [0, 9, 4],
      [3, 4, 9],
    ];
    expect(mine(s, [0, 0, 1])).toEqual([{ i: 0, j: 1, k: 2, l: 2 }]);
  });

  it.each([
    { title: "without a positive pair", labels: [0, 1, 2] },
    { title: "without a negative pair", labels: [5, 5, 5] },
    { title: "of one image", labels: [0] },
  ])("finds nothing in a batch $title", ({ labels }) => {
    expect(mineEveryPositive(tf.tensor2d(scoreMatrix(labels.length, 1)), labels)).toBeNull();
  });

  it("leaks nothing", () => {
    const s = tf.tensor2d(scoreMatrix(4, 1));
    const { numTensors } = tf.memory();
    const mined = mineEveryPositive(s, [0, 0, 1, 1]);
    tf.dispose({ ...mined });
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
