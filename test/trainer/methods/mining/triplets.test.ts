import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { mineBatchHard } from "../../../../trainer/methods/mining/batchHard.ts";
import { mineHardestTriplet } from "../../../../trainer/methods/mining/hardestTriplet.ts";
import { mineSemiHard } from "../../../../trainer/methods/mining/semiHard.ts";
import { naiveBatchHard, naiveMining, naiveSemiHard } from "../../../oracles/mining.ts";
import { scoreMatrix } from "../../../oracles/scores.ts";
import { listTriplets } from "../../../oracles/triplets.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const miners = [
  { title: "batch-hard", mine: mineBatchHard, naive: naiveBatchHard },
  { title: "semi-hard", mine: mineSemiHard, naive: naiveSemiHard },
  {
    title: "the hardest triplet",
    mine: mineHardestTriplet,
    naive: (s: number[][], labels: readonly number[]) =>
      naiveMining(s, labels, "hardest").map(({ i, j, k }) => ({ i, j, k })),
  },
];

describe.each(miners)("mining triplets: $title", ({ mine, naive }) => {
  it.each([
    { labels: [0, 0, 1, 1] },
    { labels: [7, 2, 7, 2, 2, 5] },
    { labels: [1, 0, 1, 0, 1, 0, 1, 0] },
    { labels: [0, 0, 0, 9] },
    { labels: [9, 3, 8, 3, 7] },
  ])("agrees with trying everything: classes $labels", ({ labels }) => {
    for (let seed = 0; seed < 10; seed++) {
      const s = scoreMatrix(labels.length, seed);
      expect(listTriplets(mine(tf.tensor2d(s), labels))).toEqual(naive(s, labels));
    }
  });

  it.each([
    { title: "all below zero", scale: 1, shift: -5 },
    { title: "all above zero", scale: 1, shift: 5 },
    { title: "very low", scale: 1e30, shift: -1e36 },
    { title: "very high", scale: 1e30, shift: 1e36 },
    { title: "tiny", scale: 1e-30, shift: 0 },
  ])("agrees with trying everything: scores $title", ({ scale, shift }) => {
    const labels = [0, 1, 0, 2, 1, 0];
    const s = scoreMatrix(labels.length, 3, scale, shift);
    expect(listTriplets(mine(tf.tensor2d(s), labels))).toEqual(naive(s, labels));
  });

  it.each([
    { title: "without a positive pair", labels: [0, 1, 2] },
    { title: "without a negative pair", labels: [5, 5, 5] },
    { title: "of one image", labels: [0] },
  ])("finds nothing in a batch $title", ({ labels }) => {
    expect(mine(tf.tensor2d(scoreMatrix(labels.length, 1)), labels)).toBeNull();
  });

  it("leaks nothing", () => {
    const s = tf.tensor2d(scoreMatrix(5, 1));
    const { numTensors } = tf.memory();
    tf.dispose({ ...mine(s, [0, 0, 1, 1, 2]) });
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

/** Similarities for the labels 0, 0, 1, 1: item 0 has its positive in item 1, its negatives in 2 and 3. */
const fromItem0 = (positive: number, ...negatives: [number, number]) => [
  [9, positive, ...negatives],
  [positive, 9, 0, 0],
  [negatives[0], 0, 9, 7],
  [negatives[1], 0, 7, 9],
];

describe("the semi-hard negative", () => {
  const negativeOf0 = (s: number[][]) =>
    listTriplets(mineSemiHard(tf.tensor2d(s), [0, 0, 1, 1])).find(({ i }) => i === 0)?.k;

  it.each([
    { title: "less similar than the positive", s: fromItem0(5, 6, 2), k: 3 },
    { title: "the more similar one of two", s: fromItem0(5, 4, 3), k: 2 },
    { title: "the least similar one if all exceed the positive", s: fromItem0(5, 8, 6), k: 3 },
    { title: "not one that equals the positive", s: fromItem0(5, 5, 1), k: 3 },
    { title: "the first of two equal ones", s: fromItem0(5, 4, 4), k: 2 },
  ])("is $title", ({ s, k }) => {
    expect(negativeOf0(s)).toBe(k);
  });
});
