import { describe, expect, it } from "vitest";
import { recallAtK } from "../../../../trainer/evaluate/ranking/recall.ts";
import { each, numbers } from "../../../oracles/numbers.ts";

describe("recall at K", () => {
  it("is the share of queries with their own class among the K nearest, by brute force", () => {
    const n = 60;
    const count = 40;
    const labels = each(n).map((i) => i % 23);
    const rows = each(n).map((query) => {
      const random = numbers(n, query + 1);
      const others = each(n).filter((item) => item !== query);
      return others.sort((a, b) => random[a] - random[b]).slice(0, count);
    });
    const recall = recallAtK(
      { queries: n, count, positions: Int32Array.from(rows.flat()) },
      labels,
    );
    expect(Object.keys(recall)).toEqual(["1", "2", "4", "8", "16", "32"]);
    for (const k of [1, 2, 4, 8, 16, 32]) {
      const hits = rows.filter((row, query) =>
        row.slice(0, k).some((item) => labels[item] === labels[query]),
      );
      expect(recall[k]).toBe(hits.length / n);
    }
  });

  it("counts what there is where fewer than K neighbours exist", () => {
    // 0 and 1 are of one class; each sees the other second.
    const positions = Int32Array.from([2, 1, 2, 0, 0, 1]);
    expect(recallAtK({ queries: 3, count: 2, positions }, [5, 5, 6])).toEqual({
      "1": 0,
      "2": 2 / 3,
      "4": 2 / 3,
      "8": 2 / 3,
      "16": 2 / 3,
      "32": 2 / 3,
    });
  });

  it("is that of the queries where these are a part of the items", () => {
    // Of items 0 and 1, the first has its class nearest, and the second does not have it at all.
    const positions = Int32Array.of(2, 1, 2, 0);
    expect(recallAtK({ queries: 2, count: 2, positions }, [5, 6, 5])["1"]).toBe(0.5);
  });

  it.each([
    { n: 40, count: 31, needed: 32 },
    { n: 20, count: 18, needed: 19 },
  ])("refuses $count neighbours of $n items", ({ n, count, needed }) => {
    const positions = new Int32Array(n * count);
    expect(() => recallAtK({ queries: n, count, positions }, each(n))).toThrow(
      `recall needs ${needed} neighbours, here are ${count}`,
    );
  });

  it("is zero without neighbours, and without items", () => {
    const none = { "1": 0, "2": 0, "4": 0, "8": 0, "16": 0, "32": 0 };
    expect(recallAtK({ queries: 1, count: 0, positions: new Int32Array() }, [1])).toEqual(none);
    expect(recallAtK({ queries: 0, count: 0, positions: new Int32Array() }, [])).toEqual(none);
  });
});
