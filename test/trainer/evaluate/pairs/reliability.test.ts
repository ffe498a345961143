import { describe, expect, it } from "vitest";
import {
  balancedWeights,
  measureReliability,
} from "../../../../trainer/evaluate/pairs/reliability.ts";
import { each, numbers } from "../../../oracles/numbers.ts";

/** Bin by bin, by filtering. */
function naiveReliability(probabilities: Float32Array, same: boolean[], weights: number[]) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let error = 0;
  const bins = each(10).flatMap((bin) => {
    const pairs = each(same.length).filter((pair) => {
      const p = probabilities[pair] * 10;
      return p >= bin && (p < bin + 1 || bin === 9);
    });
    if (pairs.length === 0) return [];
    const mean = (of: (pair: number) => number) =>
      pairs.reduce((sum, pair) => sum + weights[pair] * of(pair), 0) /
      pairs.reduce((sum, pair) => sum + weights[pair], 0);
    const confidence = mean((pair) => probabilities[pair]);
    const share = mean((pair) => (same[pair] ? 1 : 0));
    const weight = pairs.reduce((sum, pair) => sum + weights[pair], 0);
    error += (weight / total) * Math.abs(confidence - share);
    return [{ low: bin / 10, confidence, same: share, count: pairs.length }];
  });
  return { bins, error };
}

const probabilities = numbers(400, 1).map((value) => ((value + 1) / 2) ** 2);
const same = Array.from(numbers(400, 2), (value, pair) => value + 0.6 < probabilities[pair] * 2);

describe("reliability", () => {
  it.each([
    { title: "equal weights", weights: each(400).map(() => 1), given: false },
    { title: "balanced weights", weights: Array.from(balancedWeights(same)), given: true },
  ])("agrees with bins filled one by one: $title", ({ weights, given }) => {
    const expected = naiveReliability(probabilities, same, weights);
    const actual = measureReliability(probabilities, same, given ? weights : undefined);
    expect(actual.error).toBeCloseTo(expected.error, 10);
    expect(actual.bins).toHaveLength(expected.bins.length);
    actual.bins.forEach((bin, at) => {
      expect(bin.low).toBe(expected.bins[at].low);
      expect(bin.count).toBe(expected.bins[at].count);
      expect(bin.confidence).toBeCloseTo(expected.bins[at].confidence, 10);
      expect(bin.same).toBeCloseTo(expected.bins[at].same, 10);
    });
  });

  it("has no error where what is said is so", () => {
    const quarter = Float32Array.of(0.25, 0.25, 0.25, 0.25);
    expect(measureReliability(quarter, [true, false, false, false]).error).toBeCloseTo(0, 12);
  });

  it("has an error of one where the opposite of what is said is so", () => {
    const { bins, error } = measureReliability(Float32Array.of(0, 1), [true, false]);
    expect(error).toBe(1);
    expect(bins).toEqual([
      { low: 0, confidence: 0, same: 1, count: 1 },
      { low: 0.9, confidence: 1, same: 0, count: 1 },
    ]);
  });

  it("sees a prior of 0.5 where kinds are balanced", () => {
    // One same in ten: 0.1 is right as they are, 0.5 once both kinds weigh the same.
    const kinds = each(10).map((pair) => pair === 0);
    const error = (p: number, weights?: Float64Array) =>
      measureReliability(new Float32Array(10).fill(p), kinds, weights).error;
    expect(error(0.1)).toBeCloseTo(0, 6);
    expect(error(0.5)).toBeCloseTo(0.4, 6);
    expect(error(0.1, balancedWeights(kinds))).toBeCloseTo(0.4, 6);
    expect(error(0.5, balancedWeights(kinds))).toBeCloseTo(0, 6);
  });

  it("gives each kind half of the weight", () => {
    const weights = balancedWeights([true, false, false, false, true]);
    expect(Array.from(weights)).toEqual([0.25, 0.5 / 3, 0.5 / 3, 0.5 / 3, 0.25]);
  });

  it("is empty without pairs", () => {
    expect(measureReliability(new Float32Array(), [])).toEqual({ bins: [], error: 0 });
  });
});
