import { describe, expect, it } from "vitest";
import { chanceOfWins } from "../../../trainer/evaluate/mcnemar.ts";

/** By all 2^n ways in which n tosses fall. */
function tossed(first: number, second: number): number {
  const n = first + second;
  let atLeast = 0;
  for (let tosses = 0; tosses < 2 ** n; tosses++) {
    const wins = tosses.toString(2).replaceAll("0", "").length;
    if (wins >= first) atLeast++;
  }
  return atLeast / 2 ** n;
}

/** By Pascal's triangle, in whole numbers. */
function exact(first: number, second: number): number {
  const n = first + second;
  let row = [1n];
  for (let i = 0; i < n; i++) row = [1n, ...row.map((left, k) => left + (row[k + 1] ?? 0n))];
  const wins = row.slice(first).reduce((sum, count) => sum + count, 0n);
  return Number((wins * 10n ** 18n) / 2n ** BigInt(n)) / 1e18;
}

describe("chanceOfWins", () => {
  it("is the share of all tosses with at least so many wins", () => {
    for (let first = 0; first <= 6; first++) {
      for (let second = 0; second <= 6; second++) {
        expect(chanceOfWins(first, second)).toBeCloseTo(tossed(first, second), 12);
      }
    }
  });

  it("holds for many queries, on both sides", () => {
    for (const [first, second] of [
      [60, 40],
      [40, 60],
      [500, 460],
      [460, 500],
      [50, 50],
    ]) {
      expect(chanceOfWins(first, second)).toBeCloseTo(exact(first, second), 9);
    }
  });

  it("is 1 where neither differs from the other", () => {
    expect(chanceOfWins(0, 0)).toBe(1);
  });
});
