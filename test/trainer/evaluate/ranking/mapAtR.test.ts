import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { largestR, meanAveragePrecisionAtR } from "../../../../trainer/evaluate/ranking/mapAtR.ts";
import { nearestByCosine } from "../../../../trainer/evaluate/ranking/neighbours.ts";
import { clusters, cosine, rankAll } from "../../../oracles/clusters.ts";
import { each, numbers, toRows } from "../../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** The definition, word by word, from complete rankings. */
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

// Classes of 1, 2, ... items.
const uneven = each(45).map((item) => Math.floor((Math.sqrt(8 * item + 1) - 1) / 2));

describe("MAP@R", () => {
  it("agrees with its definition, ranking by distance", () => {
    const { rows, labels, flat } = clusters(6, 9, 5, 0.9, 3);
    const ranking = rankAll(rows.length, (i, j) => cosine(rows[i], rows[j]));
    const expected = naiveMapAtR(ranking, labels);
    expect(expected).toBeGreaterThan(0.2);
    expect(expected).toBeLessThan(0.9);
    for (const count of [largestR(labels), 30, 53]) {
      const actual = meanAveragePrecisionAtR(nearestByCosine(flat, 5, count), labels);
      expect(actual).toBeCloseTo(expected, 10);
    }
  });

  it("agrees with its definition for classes of unequal size, ranking by any similarity", () => {
    const n = uneven.length;
    const similarity = toRows(numbers(n * n, 2), n).map((row, i) =>
      row.map((value, j) => Math.fround(value + (uneven[i] === uneven[j] ? 0.7 : 0))),
    );
    const ranking = rankAll(n, (i, j) => similarity[i][j]);
    const count = largestR(uneven);
    const positions = Int32Array.from(ranking.flatMap((row) => row.slice(0, count)));
    const nearest = { count, positions };
    expect(meanAveragePrecisionAtR(nearest, uneven)).toBeCloseTo(naiveMapAtR(ranking, uneven), 10);
  });

  it("takes precision only where the class is right, by hand", () => {
    // Of item 0, R = 2: the first right, the second wrong: (1/1 + 0) / 2. Of 1 and 2 likewise:
    // wrong then right (0 + 1/2) / 2, and both right. Item 3 is alone.
    const positions = Int32Array.of(1, 3, 3, 0, 0, 1, 0, 1);
    const map = meanAveragePrecisionAtR({ count: 2, positions }, [8, 8, 8, 5]);
    expect(map).toBeCloseTo((0.5 + 0.25 + 1) / 3, 12);
  });

  it("is zero where no class has two items, and without items", () => {
    const none = { count: 0, positions: new Int32Array() };
    expect(meanAveragePrecisionAtR(none, [1, 2])).toBe(0);
    expect(meanAveragePrecisionAtR(none, [])).toBe(0);
  });

  it("refuses too few neighbours", () => {
    const positions = new Int32Array(45 * 7);
    expect(() => meanAveragePrecisionAtR({ count: 7, positions }, uneven)).toThrow(
      "MAP@R needs 8 neighbours, here are 7",
    );
  });

  it("needs as many neighbours as the largest class has others", () => {
    expect(largestR(uneven)).toBe(8);
    expect(largestR([3, 1, 2])).toBe(0);
    expect(largestR([])).toBe(0);
  });
});
