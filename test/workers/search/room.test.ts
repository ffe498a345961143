import { expect, it } from "vitest";
import { roomOf } from "../../../workers/search/collection/room.ts";
import { Matrix } from "../../../workers/search/scan/matrix.ts";
import { SLOTS } from "../../../workers/search/scan/layout.ts";

it.each([6, 16, 33, 128, 512])(
  "a shard that is full of vectors of %i numbers fits into the memory of an isolate",
  (width) => {
    const matrix = new Matrix(width, true);
    const empty = matrix.bytes;
    const blocks = 1000;
    matrix.setDensities(blocks - 1, new Float32Array(3 * SLOTS).fill(NaN).buffer);
    const bytesPerItem = (matrix.bytes - empty) / (blocks * SLOTS);
    expect(roomOf(1, width) * bytesPerItem).toBeLessThan(80_000_000);
  },
);

it("holds 500,000 items of 128 numbers", () => {
  expect(roomOf(1, 128)).toBe(500_000);
  expect(roomOf(3, 128)).toBe(1_500_000);
});
