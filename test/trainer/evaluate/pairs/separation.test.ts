import { describe, expect, it } from "vitest";
import { measureSeparation } from "../../../../trainer/evaluate/pairs/separation.ts";
import { each, expectClose, numbers } from "../../../oracles/numbers.ts";

function pairs(count: number, gap: number) {
  const same = each(count).map((pair) => pair % 3 === 0);
  const values = numbers(count, 6).map((value, pair) => 5 * (value + (same[pair] ? gap : 0)) + 2);
  return { values, same };
}

/** Share of one kind in each of the bins, by looking at every edge. */
function naiveShares(values: Float32Array, same: boolean[], kind: boolean): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const edge = (bin: number) => low + (bin * (high - low)) / 50;
  const ofKind = Array.from(values).filter((_, pair) => same[pair] === kind);
  return each(50).map(
    (bin) =>
      ofKind.filter((value) => value >= edge(bin) && (value < edge(bin + 1) || bin === 49)).length /
      ofKind.length,
  );
}

describe("separation", () => {
  it("agrees with shares counted edge by edge", () => {
    for (const gap of [0, 0.5, 1.5]) {
      const { values, same } = pairs(3000, gap);
      const separation = measureSeparation(values, same);
      const [ofSame, ofDifferent] = [true, false].map((kind) => naiveShares(values, same, kind));
      const { low, width } = separation;
      expect(low).toBe(Math.min(...values));
      expect(low + 50 * width).toBeCloseTo(Math.max(...values), 6);
      expectClose(
        separation.same,
        ofSame.map((share) => share / width),
        1e-9,
      );
      expectClose(
        separation.different,
        ofDifferent.map((share) => share / width),
        1e-9,
      );
      const overlap = ofSame.reduce(
        (sum, share, bin) => sum + Math.min(share, ofDifferent[bin]),
        0,
      );
      expect(separation.overlap).toBeCloseTo(overlap, 10);
    }
  });

  it("has densities that each hold an area of one", () => {
    const { values, same } = pairs(500, 0.3);
    const separation = measureSeparation(values, same);
    for (const densities of [separation.same, separation.different]) {
      const area = densities.reduce((sum, density) => sum + density * separation.width, 0);
      expect(area).toBeCloseTo(1, 10);
    }
  });

  it("does not care how many pairs of each kind there are", () => {
    // Two of each kind at 0 and 1; the different ones ten times over.
    const values = Float32Array.from([0, 1, ...each(20).map((i) => i % 2)]);
    const same = each(22).map((i) => i < 2);
    expect(measureSeparation(values, same).overlap).toBeCloseTo(1, 12);
  });

  it("is apart at 0 and alike at 1", () => {
    const of = (...values: number[]) =>
      measureSeparation(Float32Array.from(values), [true, true, false, false]).overlap;
    expect(of(1, 2, 3, 4)).toBe(0);
    expect(of(1, 2, 1, 2)).toBe(1);
    expect(of(1, 2, 2, 4)).toBe(0.5);
  });

  it("calls equal values alike, and a kind that is missing", () => {
    const one = (same: boolean[]) => measureSeparation(Float32Array.of(3, 3, 3), same);
    expect(one([true, false, false])).toMatchObject({ low: 3, overlap: 1 });
    expect(one([true, false, false]).same.slice(0, 2)).toEqual([1, 0]);
    expect(one([true, true, true]).overlap).toBe(1);
    expect(one([false, false, false]).overlap).toBe(1);
    expect(measureSeparation(new Float32Array(), []).overlap).toBe(1);
  });
});
