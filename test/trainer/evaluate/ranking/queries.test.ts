import { describe, expect, it } from "vitest";
import { chooseQueries } from "../../../../trainer/evaluate/ranking/queries.ts";
import { each, toRows } from "../../../oracles/numbers.ts";

const embedded = {
  embeddings: Float32Array.from(each(60).flatMap((item) => [item, -item])),
  d: 2,
  labels: each(60).map((item) => item % 7),
};

describe("queries", () => {
  it("are all items, in their order, while that is affordable", () => {
    expect(chooseQueries(embedded, 1, 3600)).toEqual({ ...embedded, queries: 60 });
    expect(chooseQueries({ ...embedded, embeddings: new Float32Array(), labels: [] }, 1)).toEqual({
      embeddings: new Float32Array(),
      d: 2,
      labels: [],
      queries: 0,
    });
  });

  it("are else some of them, first, and the others follow", () => {
    const { embeddings, d, labels, queries } = chooseQueries(embedded, 1, 3599);
    expect({ d, queries }).toEqual({ d: 2, queries: 59 });
    const rows = toRows(embeddings, 2);
    expect(rows.map(([item]) => item % 7)).toEqual(labels);
    expect(rows.every(([item, minus]) => item === -minus)).toBe(true);
    expect(rows.map(([item]) => item).sort((a, b) => a - b)).toEqual(each(60));
    expect(chooseQueries(embedded, 1, 59).queries).toBe(1);
  });

  it("are each item as often as any other, and the same for a seed", () => {
    const drawn = (seed: number) => {
      const { embeddings, queries } = chooseQueries(embedded, seed, 600);
      expect(queries).toBe(10);
      return toRows(embeddings, 2)
        .slice(0, queries)
        .map(([item]) => item);
    };
    expect(drawn(3)).toEqual(drawn(3));
    const counts = each(60).map(() => 0);
    for (const seed of each(3000)) for (const item of drawn(seed)) counts[item]++;
    // 500 of each; five standard deviations are 102.
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(102);
  });
});
