import { describe, expect, it } from "vitest";
import { Curve, ticks } from "../../../../../workers/registry/pages/jobs/curve.ts";

describe("a curve", () => {
  it("grows, and is drawn anew from where a job goes on", () => {
    const curve = new Curve();
    for (const x of [10, 20, 30, 40]) curve.add(x, x / 10);
    curve.add(20, 5);
    curve.add(30, 6);
    expect(curve.points).toEqual([
      { x: 10, y: 1 },
      { x: 20, y: 5 },
      { x: 30, y: 6 },
    ]);
  });

  it("finds the nearest point", () => {
    const curve = new Curve();
    expect(curve.nearest(3)).toBe(-1);
    for (const x of [10, 20, 30]) curve.add(x, 0);
    expect([-5, 14, 16, 30, 99].map((x) => curve.nearest(x))).toEqual([0, 0, 1, 2, 2]);
  });
});

describe("ticks", () => {
  it.each([
    [0.13, 2.9, [0, 1, 2, 3]],
    [0.612, 0.638, [0.61, 0.62, 0.63, 0.64]],
    [-3, 14, [-10, 0, 10, 20]],
    [0.5, 0.5, [0.4, 0.6]],
    [0, 0, [0, 0.5]],
    [1, 1, [1, 1.5]],
    [1200, 98_000, [0, 50_000, 100_000]],
  ])("of %d to %d are round, and lie around them", (low, high, expected) => {
    expect(ticks(low, high, 5)).toEqual(expected);
  });

  it("are never more than wanted, and never leave a value out", () => {
    for (let i = 0; i < 200; i++) {
      const low = 10 ** ((i % 9) - 4) * Math.sin(i);
      const high = low + 10 ** ((i % 7) - 3) * (1 + (i % 10));
      const all = ticks(low, high, 5);
      expect(all.length).toBeLessThanOrEqual(5);
      expect(all[0]).toBeLessThanOrEqual(low + 1e-9);
      expect(all.at(-1)).toBeGreaterThanOrEqual(high - 1e-9);
    }
  });
});
