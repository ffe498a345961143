import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import {
  densityCorrected,
  localDensity,
  nearestByDensity,
} from "../../../trainer/paper/density.ts";
import { clusters, cosine, rankAll } from "../../oracles/clusters.ts";
import { expectClose, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 5;
const items = clusters(6, 10, D, 0.8, 1);
const reference = clusters(9, 40, D, 0.8, 7);

function naiveDensity(row: number[], k: number): number {
  const cosines = reference.rows.map((other) => cosine(row, other)).sort((a, b) => b - a);
  const nearest = cosines.slice(0, k);
  return nearest.reduce((sum, value) => sum + value, 0) / nearest.length;
}

describe("local density", () => {
  it.each([1, 20, 360, 1000])("is the mean cosine to the %i nearest", (k) => {
    const expected = items.rows.map((row) => naiveDensity(row, k));
    expectClose(localDensity(items.flat, reference.flat, D, k), expected, 1e-6);
  });

  it("takes the 200 nearest where not told otherwise", () => {
    const densities = localDensity(items.flat, reference.flat, D);
    expect(densities).toEqual(localDensity(items.flat, reference.flat, D, 200));
  });

  it("counts an item itself where it is part of the reference", () => {
    const densities = localDensity(reference.flat.slice(0, D), reference.flat, D, 1);
    expect(densities[0]).toBeCloseTo(1, 6);
  });
});

describe("density-corrected similarity", () => {
  let densities: Float32Array;
  beforeAll(() => {
    densities = localDensity(items.flat, reference.flat, D, 30);
  });

  const naive = items.rows.map((row) => naiveDensity(row, 30));
  const similarity = (i: number, j: number) =>
    2 * cosine(items.rows[i], items.rows[j]) - naive[i] - naive[j];

  it("takes both densities off twice the cosine", () => {
    const s = densityCorrected(cosine(items.rows[0], items.rows[8]), densities[0], densities[8]);
    expect(s).toBeCloseTo(similarity(0, 8), 5);
  });

  it("ranks as sorting everything by it does, which is not by cosine", () => {
    const { count, positions } = nearestByDensity(items.flat, D, densities, 12);
    expect(count).toBe(12);
    const expected = rankAll(60, similarity).map((row) => row.slice(0, 12));
    expect(toRows(positions, 12)).toEqual(expected);
    const byCosine = rankAll(60, (i, j) => cosine(items.rows[i], items.rows[j]));
    expect(expected).not.toEqual(byCosine.map((row) => row.slice(0, 12)));
  });

  it("finds the n - 1 others where more are asked for", () => {
    expect(nearestByDensity(items.flat, D, densities, 100).count).toBe(59);
  });
});
