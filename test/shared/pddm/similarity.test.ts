import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { type PddmShape, pddmWeights } from "../../../shared/pddm/form.ts";
import { openSimilarity } from "../../../shared/pddm/similarity.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { expectClose, normalizeRows, numbers, toRows } from "../../oracles/numbers.ts";
import { naiveSimilarity, randomWeights, SHAPES } from "../../oracles/similarity.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const N = 6;
const D = 5;
const rows = normalizeRows(toRows(numbers(N * D, 4), D));

describe.each(SHAPES)("S of the $form form", (shape: PddmShape) => {
  const weights = randomWeights(shape, D, 7);
  const expected = naiveSimilarity(shape, weights, rows);

  const open = () =>
    openSimilarity(
      shape,
      new Map(
        pddmWeights(shape, D).map(({ name, shape: s }) => [
          name,
          tf.tensor(Array.from(weights[name]), s),
        ]),
      ),
    );

  it("is that of the equations, by pairs and by rows", () => {
    const similarity = open();
    const described = similarity.describe(tf.tensor2d(rows));
    const [a, b] = [
      [5, 0, 3, 3],
      [1, 0, 4, 2],
    ];
    const pairs = similarity.pairs(described, tf.tensor1d(a, "int32"), tf.tensor1d(b, "int32"));
    expect(pairs.shape).toEqual([4]);
    expectClose(
      pairs.dataSync(),
      a.map((i, pair) => expected[i][b[pair]]),
    );
    for (const [start, count] of [
      [0, N],
      [2, 3],
      [N - 1, 1],
    ]) {
      const scores = similarity.rows(described, start, count);
      expect(scores.shape).toEqual([count, N]);
      expectClose(scores.dataSync(), expected.slice(start, start + count).flat());
    }
  });

  it("outlives the features that it describes, and keeps nothing else", () => {
    const similarity = open();
    const { numTensors } = tf.memory();
    const features = tf.tensor2d(rows);
    const described = similarity.describe(features);
    features.dispose();
    const scores = similarity.rows(described, 0, 1);
    expect(tf.memory().numTensors).toBe(numTensors + 2);
    expectClose(scores.dataSync(), expected[0]);
    tf.dispose([described, scores]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
