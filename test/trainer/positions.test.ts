import { describe, expect, it } from "vitest";
import { positionIn } from "../../trainer/positions.ts";

describe("the position in a list", () => {
  it("is that of each key", () => {
    const keys = [7, 0, -3];
    expect(keys.map(positionIn(keys))).toEqual([0, 1, 2]);
  });

  it("throws for a key that is not there, and does not take the first", () => {
    expect(() => positionIn<number>([7, 0])(1)).toThrow('"1" is none of the 2 known');
    expect(() => positionIn<string>(["a"])("toString")).toThrow(
      '"toString" is none of the 1 known',
    );
  });
});
