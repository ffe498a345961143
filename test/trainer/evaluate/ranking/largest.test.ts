import { describe, expect, it } from "vitest";
import { largest } from "../../../../trainer/evaluate/ranking/largest.ts";
import { each, numbers } from "../../../oracles/numbers.ts";

describe("the largest values", () => {
  it.each([
    { title: "distinct", levels: 1e6 },
    { title: "many equal", levels: 5 },
    { title: "all equal", levels: 0 },
  ])("agree with sorting: $title", ({ levels }) => {
    const values = numbers(200, 5).map((value) => Math.round(value * levels));
    for (const count of [1, 2, 7, 100, 199, 200, 300]) {
      for (const self of [undefined, 0, 120]) {
        const sorted = each(200)
          .filter((position) => position !== self)
          .sort((a, b) => values[b] - values[a] || a - b);
        expect(largest(values, count, self)).toEqual(sorted.slice(0, count));
      }
    }
  });

  it("are none of none, and none where none are asked for", () => {
    expect(largest(new Float32Array(), 3)).toEqual([]);
    expect(largest(Float32Array.of(1, 2), 0)).toEqual([]);
  });

  it("are right in any order and of any sign and size", () => {
    for (const seed of each(50)) {
      const values = numbers(1000, seed).map((value, i) => value * 10 ** ((i % 70) - 35));
      const sorted = each(1000).sort((a, b) => values[b] - values[a] || a - b);
      for (const count of [1, 3, 150, 499, 600]) {
        expect(largest(values, count)).toEqual(sorted.slice(0, count));
      }
    }
  });

  it("take -0 and 0 for equal", () => {
    expect(largest(Float32Array.of(-0, 0, -0, -1, 1), 4)).toEqual([4, 0, 1, 2]);
  });

  it("may be minus infinity", () => {
    expect(largest(Float32Array.of(-Infinity, 1, -Infinity, -Infinity), 3)).toEqual([1, 0, 2]);
  });
});
