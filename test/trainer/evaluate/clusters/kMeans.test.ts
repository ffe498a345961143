import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { kMeans } from "../../../../trainer/evaluate/clusters/kMeans.ts";
import { clusters } from "../../../oracles/clusters.ts";
import { columnMeans } from "../../../oracles/linear.ts";
import { each, numbers, toRows } from "../../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** Sum of squared distances to the mean of each one's cluster. */
function inertia(rows: number[][], found: Int32Array): number {
  const means = new Map(
    [...new Set(found)].map((c) => [c, columnMeans(rows.filter((_, i) => found[i] === c))]),
  );
  return rows.reduce(
    (sum, row, i) =>
      sum + row.reduce((s, v, k) => s + (v - (means.get(found[i])?.[k] ?? NaN)) ** 2, 0),
    0,
  );
}

/** The least inertia of any two clusters. */
function bestOfTwo(rows: number[][]): number {
  const partitions = each(2 ** (rows.length - 1)).map((bits) =>
    Int32Array.from(rows, (_, item) => (bits >> item) & 1),
  );
  return Math.min(...partitions.map((partition) => inertia(rows, partition)));
}

describe("k-means", () => {
  it("finds clusters that lie apart, whatever the seed", () => {
    const { labels, flat } = clusters(12, 15, 6, 0.1, 4);
    for (const seed of each(5)) {
      const found = kMeans(flat, 6, 12, seed);
      // One cluster to a class, one class to a cluster.
      const couples = new Set(labels.map((label, item) => `${label} ${found[item]}`));
      expect(couples.size).toBe(12);
      expect(new Set(found).size).toBe(12);
    }
  });

  it("comes near the best of all partitions into two", () => {
    for (const seed of each(10)) {
      const values = numbers(11 * 2, seed);
      const found = inertia(toRows(values, 2), kMeans(values, 2, 2, seed));
      expect(found).toBeLessThan(1.1 * bestOfTwo(toRows(values, 2)));
    }
  });

  it("leaves no item nearer to the mean of another cluster", () => {
    const values = numbers(5000 * 3, 8);
    const rows = toRows(values, 3);
    const found = kMeans(values, 3, 9, 1);
    const means = each(9).map((c) => columnMeans(rows.filter((_, i) => found[i] === c)));
    const distance = (row: number[], c: number) =>
      Math.hypot(...row.map((v, k) => v - means[c][k]));
    rows.forEach((row, item) => {
      const nearest = Math.min(...each(9).map((c) => distance(row, c)));
      expect(distance(row, found[item])).toBeLessThan(nearest + 1e-4);
    });
  });

  it("repeats for a seed", () => {
    const values = numbers(300 * 4, 2);
    expect(kMeans(values, 4, 10, 5)).toEqual(kMeans(values, 4, 10, 5));
    expect(kMeans(values, 4, 10, 5)).not.toEqual(kMeans(values, 4, 10, 6));
  });

  it.each([
    { title: "one cluster", k: 1 },
    { title: "as many clusters as items", k: 6 },
  ])("works for $title", ({ k }) => {
    expect(new Set(kMeans(numbers(12, 1), 2, k, 1)).size).toBe(k);
  });

  it("comes to an end where items coincide", () => {
    const found = kMeans(Float32Array.of(1, 1, 1, 1, 2, 2, 1, 1), 2, 4, 1);
    expect(found[1]).toBe(found[0]);
    expect(found[3]).toBe(found[0]);
    expect(found[2]).not.toBe(found[0]);
  });

  it("leaks nothing", () => {
    const { numTensors } = tf.memory();
    kMeans(numbers(40, 1), 4, 3, 1);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
