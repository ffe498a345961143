import { describe, expect, it } from "vitest";
import { rank } from "../../../../trainer/evaluate/ranking/rank.ts";
import { rankAll } from "../../../oracles/clusters.ts";
import { each, numbers, toRows } from "../../../oracles/numbers.ts";

/** The definition, word by word, from complete rankings; mean over the queries that have others. */
function naiveMapAtR(ranking: number[][], labels: number[]): number {
  const precisions = ranking.flatMap((row, query) => {
    const r = row.filter((item) => labels[item] === labels[query]).length;
    if (r === 0) return [];
    const terms = each(r).map((i) => {
      if (labels[row[i]] !== labels[query]) return 0;
      return row.slice(0, i + 1).filter((item) => labels[item] === labels[query]).length / (i + 1);
    });
    return [terms.reduce((sum, term) => sum + term, 0) / r];
  });
  return precisions.reduce((sum, value) => sum + value, 0) / precisions.length;
}

/** Visits rows of a similarity matrix, as cosines and scores are visited. */
const rowsOf = (similarity: number[][]) => (visit: (i: number, row: Float32Array) => void) => {
  similarity.forEach((row, i) => {
    visit(i, Float32Array.from(row));
  });
};

// Classes of 1, 2, ... 9 items.
const uneven = each(45).map((item) => Math.floor((Math.sqrt(8 * item + 1) - 1) / 2));
const n = uneven.length;
const similarity = toRows(numbers(n * n, 2), n).map((row, i) =>
  row.map((value, j) => Math.fround(value + (uneven[i] === uneven[j] ? 0.7 : 0))),
);
const ranking = rankAll(n, (i, j) => similarity[i][j]);

describe("a ranking", () => {
  it.each([3, 20])("keeps the %d nearest, and takes MAP@R of as many as it needs", (count) => {
    const subject = { labels: uneven, queries: n };
    const { neighbours, mapAtR } = rank(subject, count, rowsOf(similarity));
    expect(neighbours).toMatchObject({ queries: n, count });
    expect(toRows(neighbours.positions, count)).toEqual(ranking.map((row) => row.slice(0, count)));
    expect(mapAtR).toBeCloseTo(naiveMapAtR(ranking, uneven), 10);
  });

  it("is that of the queries where these are a part of the items", () => {
    const subject = { labels: uneven, queries: 12 };
    const { neighbours, mapAtR } = rank(subject, 4, rowsOf(similarity.slice(0, 12)));
    expect(toRows(neighbours.positions, 4)).toEqual(
      ranking.slice(0, 12).map((row) => row.slice(0, 4)),
    );
    expect(mapAtR).toBeCloseTo(naiveMapAtR(ranking.slice(0, 12), uneven), 10);
  });

  it("has no MAP@R where no class has two items, and without items", () => {
    const rows = rowsOf([
      [1, 0],
      [0, 1],
    ]);
    expect(rank({ labels: [1, 2], queries: 2 }, 50, rows)).toEqual({
      neighbours: { queries: 2, count: 1, positions: Int32Array.of(1, 0) },
      mapAtR: 0,
    });
    const none = rank({ labels: [], queries: 0 }, 50, rowsOf([]));
    expect(none.mapAtR).toBe(0);
  });
});
