import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { nearestByCosine, rerank } from "../../../../trainer/evaluate/ranking/neighbours.ts";
import { each, normalizeRows, numbers, toRows } from "../../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** The positions of the nearest others, by sorting all cosines in double precision. */
function naiveNearest(rows: number[][], count: number): number[][] {
  const unit = normalizeRows(rows);
  const cosine = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i], 0);
  return unit.map((query, self) =>
    each(unit.length)
      .filter((item) => item !== self)
      .sort((a, b) => cosine(query, unit[b]) - cosine(query, unit[a]) || a - b)
      .slice(0, count),
  );
}

describe("nearest neighbours by cosine", () => {
  it.each([
    { n: 20, d: 3, count: 5 },
    { n: 300, d: 8, count: 50 },
    { n: 300, d: 8, count: 250 },
    { n: 9, d: 4, count: 8 },
  ])("agree with sorting everything: $count of $n", ({ n, d, count }) => {
    const rows = toRows(numbers(n * d, n), d);
    const nearest = nearestByCosine(Float32Array.from(rows.flat()), d, count);
    expect(nearest.count).toBe(count);
    expect(toRows(nearest.positions, count)).toEqual(naiveNearest(rows, count));
  });

  it("are found for the first items where these alone are queries", () => {
    const rows = toRows(numbers(20 * 3, 2), 3);
    const nearest = nearestByCosine(Float32Array.from(rows.flat()), 3, 5, 7);
    expect(nearest).toMatchObject({ queries: 7, count: 5 });
    expect(toRows(nearest.positions, 5)).toEqual(naiveNearest(rows, 5).slice(0, 7));
  });

  it("are the n - 1 others where more are asked for", () => {
    const rows = toRows(numbers(5 * 3, 2), 3);
    const nearest = nearestByCosine(Float32Array.from(rows.flat()), 3, 50);
    expect(nearest.count).toBe(4);
    expect(toRows(nearest.positions, 4)).toEqual(naiveNearest(rows, 4));
  });

  it("are none for a single item", () => {
    const nearest = nearestByCosine(Float32Array.of(1, 2), 2, 3);
    expect(nearest).toEqual({ queries: 1, count: 0, positions: new Int32Array() });
  });

  it("take the lower position first of equals, and never the item itself", () => {
    // Two directions, each three times; cosines are exactly 1 or 0.
    const rows = Float32Array.of(1, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 5);
    const { positions } = nearestByCosine(rows, 2, 3);
    expect(toRows(positions, 3)).toEqual([
      [2, 4, 1],
      [3, 5, 0],
      [0, 4, 1],
      [1, 5, 0],
      [0, 2, 1],
      [1, 3, 0],
    ]);
  });

  it("do not care for lengths, not even for zero", () => {
    const rows = toRows(numbers(12 * 3, 4), 3);
    const scaled = rows.map((row, i) => row.map((value) => value * (i + 1)));
    const nearest = (list: number[][]) => nearestByCosine(Float32Array.from(list.flat()), 3, 4);
    expect(nearest(scaled)).toEqual(nearest(rows));
    const withZero = nearest([...rows, [0, 0, 0]]);
    for (const position of withZero.positions) {
      expect(position >= 0 && position <= 12).toBe(true);
    }
  });

  it("leak nothing", () => {
    const { numTensors } = tf.memory();
    nearestByCosine(numbers(40, 1), 4, 3);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe("reranking", () => {
  const positions = Int32Array.of(1, 2, 3, 0, 2, 3, 3, 1, 0, 2, 0, 1);
  const neighbours = { queries: 4, count: 3, positions };

  it("orders each query's neighbours by the score, the most similar first", () => {
    const similarity = toRows(numbers(16, 6), 4);
    const scores = positions.map((other, at) => 1000 * similarity[Math.floor(at / 3)][other]);
    const reranked = rerank(neighbours, Float32Array.from(scores));
    expect(reranked).toMatchObject({ queries: 4, count: 3 });
    expect(toRows(reranked.positions, 3)).toEqual(
      toRows(positions, 3).map((row, item) =>
        row.sort((a, b) => similarity[item][b] - similarity[item][a]),
      ),
    );
  });

  it("keeps the order it had where scores are equal", () => {
    expect(rerank(neighbours, new Float32Array(12))).toEqual(neighbours);
  });

  it("has nothing to do without neighbours", () => {
    const none = { queries: 1, count: 0, positions: new Int32Array() };
    expect(rerank(none, new Float32Array())).toEqual(none);
  });
});
