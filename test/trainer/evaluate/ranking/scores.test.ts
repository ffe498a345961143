import { describe, expect, it } from "vitest";
import { eachScoreRow } from "../../../../trainer/evaluate/ranking/scores.ts";
import { each, numbers, toRows } from "../../../oracles/numbers.ts";

const D = 3;

/** S is no symmetric function here, so that rows and columns cannot be taken for each other. */
const score = (a: number[], b: number[]) => Math.fround(a[0] + 10 * b[1]);

/** Visits n items, of which a scorer gives three at a time. */
function visitAll(n: number, queries = n) {
  const rows = toRows(numbers(n * D, 3), D);
  const scorer = {
    scoreRows: (
      embeddings: Float32Array,
      count: number,
      visit: (start: number, scores: Float32Array) => void,
    ) => {
      const all = toRows(embeddings, D);
      for (let start = 0; start < count; start += 3) {
        const some = all.slice(start, Math.min(start + 3, count));
        visit(start, Float32Array.from(some.flatMap((a) => all.map((b) => score(a, b)))));
      }
    },
  };
  const visited: { item: number; scores: number[] }[] = [];
  const embedded = { embeddings: Float32Array.from(rows.flat()), labels: each(n), queries };
  eachScoreRow(scorer, embedded, (item, scores) => {
    visited.push({ item, scores: Array.from(scores) });
  });
  const expected = each(queries).map((item) => ({
    item,
    scores: rows.map((row) => score(rows[item], row)),
  }));
  return { visited, expected };
}

describe("S of each item against all", () => {
  it.each([1, 7, 400])("comes in order, each item once: %i items", (n) => {
    const { visited, expected } = visitAll(n);
    expect(visited).toEqual(expected);
  });

  it("is that of the queries alone where these are a part of the items", () => {
    const { visited, expected } = visitAll(20, 7);
    expect(visited).toEqual(expected);
  });

  it("is nothing of nothing", () => {
    expect(visitAll(0).visited).toEqual([]);
  });
});
