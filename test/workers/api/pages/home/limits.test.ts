import { describe, expect, it } from "vitest";
import { groupPictures, pairsPerRequest } from "../../../../../workers/api/pages/home/limits.ts";

const limits = { body_bytes: 10_000, images: 3, items: 1000, pixels: 1 };

const ofSizes = (...sizes: number[]) =>
  sizes.map((size) => ({ file: new File([new Uint8Array(size)], "") }));
const sizes = (groups: { file: File }[][]) => groups.map((group) => group.map((p) => p.file.size));

describe("pictures in groups", () => {
  it("keep their order, and fill requests by their number", () => {
    expect(sizes(groupPictures(ofSizes(1, 2, 3, 4), limits))).toEqual([[1, 2, 3], [4]]);
  });

  it("leave room in a body for the form", () => {
    const groups = groupPictures(ofSizes(3900, 3900, 3900, 8000, 8), limits);
    expect(sizes(groups)).toEqual([[3900, 3900], [3900], [8000], [8]]);
  });

  it("may be empty", () => {
    expect(groupPictures([], limits)).toEqual([]);
  });
});

describe("pairs of embeddings in one request", () => {
  it("are half as many as items", () => {
    expect(pairsPerRequest({ ...limits, body_bytes: 10_000_000 }, 64)).toBe(500);
  });

  it("are fewer if the longest numbers would make the body too large", () => {
    const dimensions = 64;
    const pairs = pairsPerRequest({ ...limits, body_bytes: 100_000 }, dimensions);
    const embedding = Array<number>(dimensions).fill(-1.2345678901234567e-100);
    const body = JSON.stringify({
      pairs: Array(pairs).fill([{ embedding }, { embedding }]),
    });
    expect(pairs).toBeGreaterThan(10);
    expect(body.length).toBeLessThanOrEqual(100_000);
  });

  it("are at least one", () => {
    expect(pairsPerRequest(limits, 4096)).toBe(1);
  });
});
