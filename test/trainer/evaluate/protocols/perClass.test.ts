import { describe, expect, it } from "vitest";
import { averagePerClass } from "../../../../trainer/evaluate/protocols/perClass.ts";

describe("the average per class", () => {
  it("gives each class the same weight", () => {
    // Class 3: 1/4; class 8: 1.
    expect(averagePerClass([1, 0, 1, 0, 0], [3, 3, 8, 3, 3])).toBe((1 / 4 + 1) / 2);
  });

  it("is zero without items", () => {
    expect(averagePerClass([], [])).toBe(0);
  });
});
