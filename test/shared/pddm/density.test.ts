import { describe, expect, it } from "vitest";
import {
  BLEND_ITEMS,
  collectionDensity,
  DENSITY_NEIGHBOURS,
  densityShift,
  meanOfLargest,
} from "../../../shared/pddm/density.ts";
import { naiveDensities } from "../../oracles/density.ts";
import { each, expectClose, normalizeRows, numbers, toRows } from "../../oracles/numbers.ts";

const D = 4;

/** g of all items. */
function nearestOf(z: number[][]): Float32Array {
  return Float32Array.from(z, (own, item) => {
    const others = z.filter((_, other) => other !== item);
    const cosines = others.map((other) => own.reduce((sum, value, k) => sum + value * other[k], 0));
    const count = Math.min(DENSITY_NEIGHBOURS, others.length);
    return meanOfLargest(Float32Array.from(cosines), count);
  });
}

describe("the density of an item in a collection", () => {
  it.each([2, 3, DENSITY_NEIGHBOURS, DENSITY_NEIGHBOURS + 1, DENSITY_NEIGHBOURS + 2, 200])(
    "is that of the equations, in a collection of %i",
    (n) => {
      const z = normalizeRows(toRows(numbers(n * D, 9), D));
      const references = numbers(n, 5);
      const nearest = nearestOf(z);
      const shift = densityShift(nearest, references);
      const densities = each(n).map((item) =>
        collectionDensity(nearest[item], references[item], n - 1, shift),
      );
      expectClose(densities, naiveDensities(z, Array.from(references)), 1e-5);
    },
  );

  it("is on average that of the references, so that S keeps its scale", () => {
    const [nearest, references] = [numbers(50, 1), numbers(50, 2)];
    const shift = densityShift(nearest, references);
    const sum = each(50).reduce(
      (total, item) => total + collectionDensity(nearest[item], references[item], 49, shift),
      0,
    );
    expect(sum).toBeCloseTo(
      references.reduce((total, density) => total + density, 0),
      5,
    );
  });

  it("is that of the references where there is no other item", () => {
    expect(densityShift(Float32Array.of(NaN), Float32Array.of(0.3))).toBe(0);
    expect(collectionDensity(NaN, 0.3, 0, 0)).toBe(0.3);
  });

  it("moves from the references to the collection as it grows", () => {
    const densities = [0, BLEND_ITEMS, 1e9].map((items) => collectionDensity(0.7, 0.2, items, 0.1));
    expectClose(densities, [0.2, 0.5, 0.8], 1e-4);
  });
});

describe("the mean of the largest values", () => {
  it("is that of the sorted list, ties among them", () => {
    const values = numbers(60, 7).map((value) => Math.round(10 * value) / 10);
    for (const count of each(60).map((i) => i + 1)) {
      const largest = Array.from(values)
        .sort((a, b) => b - a)
        .slice(0, count);
      const mean = largest.reduce((sum, value) => sum + value, 0) / count;
      expect(meanOfLargest(values, count)).toBeCloseTo(mean, 5);
    }
  });
});
