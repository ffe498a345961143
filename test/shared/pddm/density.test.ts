import { describe, expect, it } from "vitest";
import {
  BLEND_ITEMS,
  collectionDensity,
  DENSITY_NEIGHBOURS,
  meanOfLargest,
} from "../../../shared/pddm/density.ts";
import { each, normalizeRows, numbers, toRows } from "../../oracles/numbers.ts";

const D = 4;

/** r of an item by its equations, where a reference is an item that comes BLEND_ITEMS times. */
function naiveDensity(item: number[], others: number[][], references: number): number {
  const cosines = others.map((other) => item.reduce((sum, v, k) => sum + v * other[k], 0));
  const nearest = cosines.sort((a, b) => b - a).slice(0, DENSITY_NEIGHBOURS);
  const mean = nearest.reduce((sum, value) => sum + value, 0) / nearest.length;
  const votes = [...others.map(() => mean), ...each(BLEND_ITEMS).map(() => references)];
  return votes.reduce((sum, value) => sum + value, 0) / votes.length;
}

describe("the density of an item in a collection", () => {
  it.each([1, 2, DENSITY_NEIGHBOURS, DENSITY_NEIGHBOURS + 1, BLEND_ITEMS, 700])(
    "is that of the equations, among %i others",
    (items) => {
      const [item, ...others] = normalizeRows(toRows(numbers((items + 1) * D, 9), D));
      const cosines = others.map((other) => item.reduce((sum, v, k) => sum + v * other[k], 0));
      const nearest = meanOfLargest(
        Float32Array.from(cosines),
        Math.min(DENSITY_NEIGHBOURS, items),
      );
      const density = collectionDensity(nearest, 0.3, items);
      expect(density).toBeCloseTo(naiveDensity(item, others, 0.3), 6);
    },
  );

  it("is that of the references where there is no other item", () => {
    expect(collectionDensity(NaN, 0.3, 0)).toBe(0.3);
  });

  it("moves from the references to the collection as it grows", () => {
    const densities = [0, 10, 100, 1000, 1e6].map((items) => collectionDensity(0.8, 0.2, items));
    expect(densities).toEqual([...densities].sort((a, b) => a - b));
    expect(densities[0]).toBe(0.2);
    expect(densities[4]).toBeCloseTo(0.8, 3);
  });
});
