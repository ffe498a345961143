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

describe("the pairs of a batch", () => {
  it("lists each positive pair once, in row-major order", () => {
    expect(positivePairs([4, 1, 4, 4, 1])).toEqual({ i: [0, 0, 1, 2], j: [2, 3, 4, 3] });
  });

  it("masks the positive pairs without the diagonal", () => {
    expect(Array.from(positiveMask([4, 1, 4]).dataSync())).toEqual([0, 0, 1, 0, 0, 0, 1, 0, 0]);
  });

  it("masks the negative pairs", () => {
    expect(Array.from(negativeMask([4, 1, 4]).dataSync())).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0]);
  });

  it.each([
    { labels: [0, 0, 1], holds: true },
    { labels: [0, 1, 2], holds: false },
    { labels: [0, 0, 0], holds: false },
    { labels: [], holds: false },
  ])("tells whether there are positive and negative pairs: $labels", ({ labels, holds }) => {
    expect(holdsBothKinds(labels)).toBe(holds);
  });
});
