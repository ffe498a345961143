import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import {
  holdsBothKinds,
  negativeMask,
  positiveMask,
  positivePairs,
} from "../../../../trainer/methods/mining/pairs.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("a batch", () => {
  it("lists its same-class pairs once each, in reading order", () => {
    expect(positivePairs([4, 1, 4, 4, 1])).toEqual({ i: [0, 0, 1, 2], j: [2, 3, 4, 3] });
  });

  it("masks its same-class pairs, the diagonal left out", () => {
    expect(Array.from(positiveMask([4, 1, 4]).dataSync())).toEqual([0, 0, 1, 0, 0, 0, 1, 0, 0]);
  });

  it("masks its different-class pairs, the diagonal left out", () => {
    expect(Array.from(negativeMask([4, 1, 4]).dataSync())).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0]);
  });

  it.each([
    { labels: [0, 0, 1], holds: true },
    { labels: [0, 1, 2], holds: false },
    { labels: [0, 0, 0], holds: false },
    { labels: [], holds: false },
  ])("holds both kinds of pair or not: $labels", ({ labels, holds }) => {
    expect(holdsBothKinds(labels)).toBe(holds);
  });
});
