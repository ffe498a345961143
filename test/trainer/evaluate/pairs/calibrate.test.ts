import { describe, expect, it } from "vitest";
import { calibrate } from "../../../../trainer/evaluate/pairs/calibrate.ts";
import { each, numbers } from "../../../oracles/numbers.ts";

/** Scores of the first `positives` pairs are higher by `gap`, in units of the noise's half-width. */
function pairs(positives: number, negatives: number, gap: number, scale = 1, shift = 0) {
  const same = each(positives + negatives).map((i) => i < positives);
  const noise = numbers(same.length, 3);
  const scores = Float32Array.from(noise, (v, i) => shift + scale * (v + (same[i] ? gap : 0)));
  return { scores, same };
}

/** Logistic regression of both kinds in equal weight, by many small steps downhill. */
function naiveFit(scores: Float32Array, same: boolean[]) {
  const count = (kind: boolean) => same.filter((value) => value === kind).length;
  const weight = { true: 0.5 / count(true), false: 0.5 / count(false) };
  let [slope, intercept] = [0, 0];
  for (let step = 0; step < 20_000; step++) {
    let [ofSlope, ofIntercept] = [0, 0];
    scores.forEach((s, i) => {
      const target = same[i] ? 1 : 0;
      const p = 1 / (1 + Math.exp(-(slope * s + intercept)));
      ofSlope += weight[same[i] ? "true" : "false"] * (p - target) * s;
      ofIntercept += weight[same[i] ? "true" : "false"] * (p - target);
    });
    slope -= 2 * ofSlope;
    intercept -= 2 * ofIntercept;
  }
  return { slope, intercept };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe("calibration", () => {
  it.each([
    { title: "overlapping kinds", positives: 40, negatives: 40, gap: 0.7 },
    { title: "kinds of unequal number", positives: 10, negatives: 90, gap: 0.7 },
    { title: "scores that say little", positives: 50, negatives: 50, gap: 0.1 },
    { title: "scores that point the wrong way", positives: 40, negatives: 40, gap: -0.7 },
  ])("agrees with gradient descent: $title", ({ positives, negatives, gap }) => {
    const { scores, same } = pairs(positives, negatives, gap);
    const [actual, expected] = [calibrate(scores, same), naiveFit(scores, same)];
    // The slope is held back a little, so that separable scores have one too.
    expect(Math.abs(actual.slope - expected.slope)).toBeLessThan(
      0.05 * Math.abs(expected.slope) + 0.02,
    );
    for (const s of [-1, -0.5, 0, 0.5, 1, 1.5]) {
      const p = sigmoid(actual.slope * s + actual.intercept);
      expect(p).toBeCloseTo(sigmoid(expected.slope * s + expected.intercept), 1.5);
    }
  });

  it("gives the same probabilities whatever the scale and origin of S", () => {
    const plain = pairs(30, 60, 0.6);
    const moved = pairs(30, 60, 0.6, 1000, -5000);
    const [a, b] = [calibrate(plain.scores, plain.same), calibrate(moved.scores, moved.same)];
    plain.scores.forEach((s, i) => {
      const p = sigmoid(b.slope * moved.scores[i] + b.intercept);
      expect(p).toBeCloseTo(sigmoid(a.slope * s + a.intercept), 3);
    });
  });

  it("calls a pair as likely same as not where both kinds weigh the same", () => {
    // Ten times as many negatives at each score must not move the midpoint.
    const scores = Float32Array.from([1, 0, ...each(10).map(() => 0), ...each(10).map(() => -1)]);
    const same = each(22).map((i) => i < 2);
    const { slope, intercept } = calibrate(scores, same);
    expect(sigmoid(intercept)).toBeCloseTo(0.5, 5);
    expect(slope).toBeGreaterThan(0);
  });

  it.each([
    { title: "far apart", gap: 50 },
    { title: "just apart", gap: 2.001 },
    { title: "far apart, the wrong way", gap: -50 },
  ])("stays finite for separable scores: $title", ({ gap }) => {
    const { scores, same } = pairs(20, 20, gap);
    const { slope, intercept } = calibrate(scores, same);
    expect(Number.isFinite(slope) && Number.isFinite(intercept)).toBe(true);
    expect(Math.sign(slope)).toBe(Math.sign(gap));
    expect(Math.abs(slope)).toBeLessThan(1000);
    const right = same.filter((kind, i) => sigmoid(slope * scores[i] + intercept) > 0.5 === kind);
    expect(right.length / same.length).toBeGreaterThan(0.9);
  });

  it("says one half for any constant score", () => {
    const { slope, intercept } = calibrate(Float32Array.of(0.1, 0.1, 0.1), [true, false, false]);
    expect(Number.isFinite(slope)).toBe(true);
    expect(sigmoid(slope * Math.fround(0.1) + intercept)).toBeCloseTo(0.5, 6);
  });

  it.each([
    { title: "same-class", same: [false, false] },
    { title: "different-class", same: [true, true] },
  ])("refuses to work without $title pairs", ({ same }) => {
    expect(() => calibrate(Float32Array.of(1, 2), same)).toThrow(
      "needs same-class and different-class pairs",
    );
  });
});
