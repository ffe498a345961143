import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { mineHardest } from "../../../../trainer/methods/mining/hardest.ts";
import { naiveMining } from "../../../oracles/mining.ts";
import { listQuadruplets } from "../../../oracles/quadruplets.ts";
import { scoreMatrix } from "../../../oracles/scores.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const mine = (s: number[][], labels: number[]) =>
  listQuadruplets(mineHardest(tf.tensor2d(s), labels));

describe("mining the hardest quadruplet", () => {
  it("takes the least similar positive pair and the most similar negative of each end", () => {
    const s = [
      [9, 5, 2, 1, 4],
      [5, 9, 0, 3, 1],
      [2, 0, 9, -1, 6],
      [1, 3, -1, 9, 2],
      [4, 1, 6, 2, 9],
    ];
    // Positive pairs: (0, 1) with similarity 5, (2, 3) with -1. Item 4 has no positive.
    expect(mine(s, [0, 0, 1, 1, 2])).toEqual([{ i: 2, j: 3, k: 4, l: 1 }]);
  });

  it.each([
    { labels: [0, 0, 1, 1] },
    { labels: [7, 2, 7, 2, 2, 5] },
    { labels: [1, 0, 1, 0, 1, 0, 1, 0] },
    { labels: [0, 0, 0, 9] },
  ])("agrees with trying everything: classes $labels", ({ labels }) => {
    for (let seed = 0; seed < 10; seed++) {
      const s = scoreMatrix(labels.length, seed);
      expect(mine(s, labels)).toEqual(naiveMining(s, labels, "hardest"));
    }
  });

  it.each([
    { title: "all below zero", scale: 1, shift: -5 },
    { title: "all above zero", scale: 1, shift: 5 },
    { title: "very low", scale: 1e30, shift: -1e36 },
    { title: "very high", scale: 1e30, shift: 1e36 },
  ])("agrees with trying everything: scores $title", ({ scale, shift }) => {
    const labels = [0, 1, 0, 2, 1, 0];
    const s = scoreMatrix(labels.length, 8, scale, shift);
    expect(mine(s, labels)).toEqual(naiveMining(s, labels, "hardest"));
  });

  it("takes the first of equal pairs in row-major order", () => {
    const s = Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]);
    expect(mine(s, [3, 1, 1, 3, 2])).toEqual([{ i: 0, j: 3, k: 1, l: 1 }]);
  });

  it("never takes an item and itself as a positive pair", () => {
    const s = scoreMatrix(4, 2).map((row, i) => row.map((v, j) => (i === j ? -100 : v)));
    expect(mine(s, [0, 0, 1, 1])).toEqual(naiveMining(s, [0, 0, 1, 1], "hardest"));
  });

  it.each([
    { title: "without a positive pair", labels: [0, 1, 2] },
    { title: "without a negative pair", labels: [5, 5, 5] },
    { title: "of one image", labels: [0] },
  ])("finds nothing in a batch $title", ({ labels }) => {
    expect(mineHardest(tf.tensor2d(scoreMatrix(labels.length, 1)), labels)).toBeNull();
  });

  it("leaks nothing", () => {
    const s = tf.tensor2d(scoreMatrix(4, 1));
    const { numTensors } = tf.memory();
    const mined = mineHardest(s, [0, 0, 1, 1]);
    tf.dispose({ ...mined });
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
