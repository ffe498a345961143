import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { multiSimilarityLoss } from "../../../trainer/methods/multiSimilarity.ts";
import { naiveMultiSimilarity } from "../../oracles/losses.ts";
import { numbers } from "../../oracles/numbers.ts";
import { batches, batchesWithoutTriplet, expectLoss, expectZero, run } from "./losses/check.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const OPTIONS = { pull: 2, push: 50, base: 0.5, margin: 0.1 };

describe("the multi-similarity loss", () => {
  it.each(batches)("equals the naive sums, and so does its gradient: $title", ({ labels }) => {
    for (let seed = 0; seed < 5; seed++) {
      expectLoss(
        numbers(labels.length ** 2, seed),
        (s) => multiSimilarityLoss(s, labels, OPTIONS),
        (rows) => naiveMultiSimilarity(rows, labels),
      );
    }
  });

  it("ignores pairs that the mining does not keep", () => {
    // The positive has cosine 0.5. A negative at 0.45 is within the margin, one at 0.3 is not.
    const labels = [0, 0, 1, 2];
    const s = Float32Array.from([1, 0.5, 0.45, 0.3, 0.5, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    const { value, gradient } = run(s, (x) => multiSimilarityLoss(x, labels, OPTIONS));
    expect(value).toBeCloseTo((Math.log(2) / 2 + Math.log(1 + Math.exp(-2.5)) / 50) / 4, 6);
    expect(gradient.flatMap((slope, cell) => (slope === 0 ? [] : cell))).toEqual([1, 2]);
  });

  it("is exactly zero, with a zero gradient, if every positive is far above every negative", () => {
    const s = Float32Array.from([1, 0.9, 0, 0.9, 1, 0.1, 0, 0.1, 1]);
    expectZero(s, (x) => multiSimilarityLoss(x, [0, 0, 1], OPTIONS));
  });

  it.each(batchesWithoutTriplet)("is exactly zero, with a zero gradient: $title", ({ labels }) =>
    expectZero(numbers(labels.length ** 2, 2), (s) => multiSimilarityLoss(s, labels, OPTIONS)),
  );
});
