import { describe, expect, test } from "vitest";
import { Kept } from "../../../../shared/image/decode/kept.ts";

/** A codec that says how many instances there have been, with heaps of so many MiB. */
function openCodec(mib: number) {
  let count = 0;
  const codec = new Kept(() => ({ heapBytes: mib * 2 ** 20, number: ++count }));
  return { codec, next: () => codec.use(({ number }) => number) };
}

describe("an instance of a codec", () => {
  test.each([
    ["small", 1, 1],
    ["large, which is not collected yet", 60, 0],
  ])("is used again where its heap is %s", (_, mib, kept) => {
    const { codec, next } = openCodec(mib);
    expect([next(), next(), next()]).toEqual([1, 1, 1]);
    expect(codec.heapBytes).toBe(kept * 2 ** 20);
  });

  test.each([1, 60])("is dropped where it has failed, with a heap of %i MiB", (mib) => {
    const { codec, next } = openCodec(mib);
    expect(next()).toBe(1);
    const fail = () => {
      throw new Error("it is damaged");
    };
    expect(() => codec.use(fail)).toThrow("it is damaged");
    expect(next()).toBe(2);
  });
});
