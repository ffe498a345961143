import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { describe, expect, it } from "vitest";
import type { Similarity } from "../../../shared/pddm/similarity.ts";
import { growth, measureMiningCost } from "../../../trainer/paper/miningCost.ts";

describe("the growth of a cost", () => {
  it("is the power of a power law", () => {
    const costs = (power: number) =>
      [32, 64, 256].map((batch) => ({ batch, cost: 0.7 * batch ** power }));
    expect(growth(costs(1))).toBeCloseTo(1, 10);
    expect(growth(costs(1.7))).toBeCloseTo(1.7, 10);
  });
});

describe("the cost of mining", () => {
  it("is measured for each size of batch, and leaves no tensor behind", () => {
    const similarity: Pick<Similarity, "describe" | "rows"> = {
      describe: (features) => tf.clone(features),
      rows: (features) => tf.matMul(features, features, false, true),
    };
    const before = tf.memory().numTensors;
    const costs = measureMiningCost(similarity, 4, [8, 16]);
    expect(tf.memory().numTensors).toBe(before);
    expect(costs.map(({ batch }) => batch)).toEqual([8, 16]);
    for (const { scores, hardest, everyPositive } of costs) {
      expect(Math.min(scores, hardest, everyPositive)).toBeGreaterThan(0);
    }
  });
});
