import { describe, expect, it } from "vitest";
import { BLEND_ITEMS } from "../../../shared/pddm/density.ts";
import { Codes } from "../../../workers/search/scan/codes.ts";
import { Densities } from "../../../workers/search/scan/densities.ts";
import { SLOTS } from "../../../workers/search/scan/layout.ts";
import { Matrix } from "../../../workers/search/scan/matrix.ts";
import { direction, product, random } from "./space.ts";

/** A vector as 8 bits keep it. */
function rounded(vector: Float32Array, most: number): Float32Array {
  const scale = Math.max(...vector.map(Math.abs)) / most;
  return vector.map((value) => Math.round(value / scale) * scale);
}

/** A matrix of vectors; null leaves a slot empty. */
function matrixOf(vectors: (Float32Array | null)[], width: number, useRelaxed: boolean) {
  const matrix = new Matrix(width, false, useRelaxed);
  for (let first = 0; first < vectors.length; first += SLOTS) {
    const codes = new Codes(width);
    vectors.slice(first, first + SLOTS).forEach((vector, i) => vector && codes.put(i, vector));
    matrix.setCodes(first / SLOTS, codes.buffer);
  }
  return matrix;
}

describe.each([
  ["relaxed SIMD", true],
  ["plain SIMD", false],
])("the scan with %s", (_, useRelaxed) => {
  it.each([
    [1, 5, 1],
    [16, 64, 2],
    [20, 203, 3],
    [128, 400, 4],
    [150, 129, 4],
  ])(
    "finds the largest products of width %i among %i items for %i queries",
    (width, count, numQueries) => {
      const next = random(width);
      const vectors = Array.from({ length: count }, (_, i) =>
        i % 7 === 3 ? null : direction(next, width),
      );
      const matrix = matrixOf(vectors, width, useRelaxed);
      expect(matrix.items).toBe(vectors.filter((vector) => vector !== null).length);
      const queries = Array.from({ length: numQueries }, () => direction(next, width));
      const found = matrix.scan(
        queries,
        queries.map((_, query) => ({ query, corrected: false, count: 10 })),
      );
      queries.forEach((query, i) => {
        const values = vectors.map((vector) =>
          vector ? product(rounded(query, 63), rounded(vector, 127)) : -Infinity,
        );
        const best = values.toSorted((a, b) => b - a).slice(0, Math.min(10, matrix.items));
        const got = found[i].map((slot) => values[slot]);
        expect(new Set(found[i]).size).toBe(best.length);
        best.forEach((value, rank) => expect(got[rank]).toBeCloseTo(value, 5));
      });
    },
  );

  it("ranks only wanted slots, several selections at once", () => {
    const next = random(9);
    const vectors = Array.from({ length: 300 }, () => direction(next, 32));
    const matrix = matrixOf(vectors, 32, useRelaxed);
    const wanted = matrix.noSlots();
    const slots = [0, 31, 32, 63, 64, 200, 299];
    for (const slot of slots) wanted.add(slot);
    const query = direction(next, 32);
    const [some, all, none] = matrix.scan(
      [query],
      [
        { query: 0, corrected: false, count: 20, wanted },
        { query: 0, corrected: false, count: 1000 },
        { query: 0, corrected: false, count: 0 },
      ],
    );
    expect(some.toSorted((a, b) => a - b)).toEqual(slots);
    expect(all.toSorted((a, b) => a - b)).toEqual(vectors.map((_, slot) => slot));
    expect(none).toEqual([]);
    const [only] = matrix.scan([query], [{ query: 0, corrected: false, count: 20, wanted }]);
    expect(only).toEqual(some);
  });

  it("subtracts densities", () => {
    const next = random(10);
    const matrix = new Matrix(16, true, useRelaxed);
    const codes = new Codes(16);
    const densities = new Densities();
    const vectors = Array.from({ length: 40 }, () => direction(next, 16));
    const references = vectors.map(() => next());
    const nearest = vectors.map((_, slot) => (slot % 2 ? next() : null));
    vectors.forEach((vector, slot) => {
      codes.put(slot, vector);
      densities.put(slot, references[slot]);
      const g = nearest[slot];
      if (g !== null) densities.take(slot, g, 40);
    });
    matrix.setCodes(0, codes.buffer);
    matrix.setDensities(0, densities.buffer);
    const drifts = nearest.flatMap((g, slot) => (g === null ? [] : [references[slot] - g]));
    const shift = drifts.reduce((sum, drift) => sum + drift, 0) / drifts.length;
    for (const others of [0, 39, 1000]) {
      matrix.setOthers(others);
      const query = direction(next, 16);
      const [found] = matrix.scan([query], [{ query: 0, corrected: true, count: 40 }]);
      const values = vectors.map((vector, slot) => {
        const weight = others / (others + BLEND_ITEMS);
        const g = nearest[slot];
        const density =
          g === null
            ? references[slot] - weight * shift
            : weight * g + (1 - weight) * references[slot];
        return 2 * product(rounded(query, 63), rounded(vector, 127)) - density;
      });
      const best = values.toSorted((a, b) => b - a);
      found.forEach((slot, rank) => expect(values[slot]).toBeCloseTo(best[rank], 5));
    }
    expect(matrix.tally).toMatchObject({ settled: 20, outdated: 20 });
  });
});

it("an empty matrix finds nothing, and a slot that is cleared is not found", () => {
  const matrix = new Matrix(8, false);
  const query = direction(random(1), 8);
  const selection = { query: 0, corrected: false, count: 3 };
  expect(matrix.scan([query], [selection])).toEqual([[]]);
  const codes = new Codes(8);
  codes.put(5, query);
  codes.put(6, query);
  matrix.setCodes(2, codes.buffer);
  expect(matrix.scan([query], [selection])[0].toSorted()).toEqual([133, 134]);
  codes.clear(5);
  matrix.setCodes(2, codes.buffer);
  expect(matrix.scan([query], [selection])).toEqual([[134]]);
  expect(matrix.items).toBe(1);
});
