import { describe, expect, it } from "vitest";
import { moveInGrid } from "../../../../../workers/api/pages/home/gridKeys.ts";

describe("a key in a grid of 3 x 3", () => {
  it.each([
    ["ArrowRight", false, [1, 1], [1, 2]],
    ["ArrowRight", false, [1, 2], [1, 2]],
    ["ArrowLeft", false, [1, 1], [1, 0]],
    ["ArrowLeft", false, [1, 0], [1, 0]],
    ["ArrowUp", false, [1, 1], [0, 1]],
    ["ArrowUp", false, [0, 1], [0, 1]],
    ["ArrowDown", false, [1, 1], [2, 1]],
    ["ArrowDown", false, [2, 1], [2, 1]],
    ["Home", false, [1, 2], [1, 0]],
    ["End", false, [1, 0], [1, 2]],
    ["Home", true, [1, 2], [0, 0]],
    ["End", true, [1, 0], [2, 2]],
  ] as [string, boolean, [number, number], [number, number]][])(
    "%s (with Ctrl: %s) leads from %j to %j",
    (key, ctrl, from, to) => {
      expect(moveInGrid(from, key, ctrl, 3, 3)).toEqual(to);
    },
  );

  it("gives undefined for other keys", () => {
    expect(moveInGrid([1, 1], "Tab", false, 3, 3)).toBeUndefined();
  });
});
