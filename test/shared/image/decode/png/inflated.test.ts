import zlib from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Inflated } from "../../../../../shared/image/decode/png/inflated.ts";
import { each } from "../../../../oracles/numbers.ts";
import { openKernel } from "./kernel.ts";

const kernel = openKernel();

/** Inflates data that come in parts of some sizes, and are taken in others, up to an error. */
function inflate(data: Uint8Array, partSizes = [data.length], takes = [1000]) {
  const parts: Uint8Array[] = [];
  for (let at = 0, i = 0; at < data.length; i++) {
    const size = partSizes[i % partSizes.length];
    parts.push(data.subarray(at, at + size));
    at += size;
  }
  const most = Math.max(...takes);
  const at = kernel.reserve(Inflated.roomFor(most));
  const inflated = new Inflated(kernel, parts, at, most);
  const taken: Uint8Array[] = [];
  for (let i = 0; ; i++) {
    const count = takes[i % takes.length];
    try {
      taken.push(kernel.view(inflated.take(count), count).slice());
    } catch (error) {
      return { bytes: Buffer.concat(taken), error: String(error) };
    }
  }
}

/** Up to its last byte: a larger part than there is cannot be taken. */
const inflateAll = (data: Uint8Array, partSizes?: number[]) => inflate(data, partSizes, [1]);

/** Bytes as noise, as few values, and as what repeats near or far away. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 3000, size: "max" }),
  fc.array(fc.constantFrom(0, 1, 2, 255), { maxLength: 3000, size: "max" }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.integer({ min: 1, max: 400 }))
    .map(([pattern, times]) => each(times).flatMap(() => [...pattern])),
);

const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  strategy: fc.constantFrom(
    zlib.constants.Z_DEFAULT_STRATEGY,
    zlib.constants.Z_FILTERED,
    zlib.constants.Z_HUFFMAN_ONLY,
    zlib.constants.Z_RLE,
    zlib.constants.Z_FIXED,
  ),
});

const sizes = (max: number) =>
  fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 5 });

describe("inflates what zlib deflates", () => {
  it("whatever the data, the settings and the parts", () => {
    fc.assert(
      fc.property(bytes, options, sizes(500), (data, settings, parts) => {
        const plain = Uint8Array.from(data);
        const result = inflateAll(zlib.deflateSync(plain, settings), parts);
        expect(result.bytes.equals(plain)).toBe(true);
        expect(result.error).toBe("Error: it is cut off");
      }),
      { numRuns: 150 },
    );
  });

  it("of megabytes, with matches of all distances", () => {
    const random = fc.sample(fc.integer({ min: 0, max: 2 ** 30 }), { numRuns: 4000, seed: 7 });
    const plain = Buffer.alloc(1_500_000);
    let at = 0;
    for (let i = 0; at < plain.length; i++) {
      const value = random[i % random.length] + i;
      const length = 3 + (value % 600);
      const distance = 1 + ((value >> 4) % Math.min(32_768, Math.max(1, at)));
      for (let n = 0; n < length && at < plain.length; n++, at++) {
        plain[at] = value % 5 === 0 || at < distance ? (value * n) >> 3 : plain[at - distance];
      }
    }
    for (const level of [0, 1, 6, 9]) {
      for (const takes of [[700, 1], [100_000, 3], [250_000]]) {
        const { bytes: inflated } = inflate(zlib.deflateSync(plain, { level }), [8192], takes);
        expect(plain.subarray(0, inflated.length).equals(inflated)).toBe(true);
        expect(inflated.length).toBeGreaterThan(plain.length - Math.max(...takes));
      }
    }
  });
});

describe("data that are broken", () => {
  const plain = Buffer.from(each(4000).map((i) => (i * i) >> (i % 7)));
  const deflated = (level: number) => zlib.deflateSync(plain, { level });

  it("end where they are cut off", () => {
    for (const level of [0, 1, 9]) {
      const whole = deflated(level);
      for (const length of [...each(80), 500, whole.length - 5]) {
        const cut = whole.subarray(0, length);
        const { bytes: part, error } = inflateAll(cut, [97]);
        expect(error).toMatch(/it is (cut off|damaged)/);
        expect(plain.subarray(0, part.length).equals(part)).toBe(true);
      }
    }
  });

  it("give what zlib makes of them, or an error", () => {
    fc.assert(
      fc.property(
        options,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1 }),
        (settings, changes) => {
          const broken = Buffer.from(zlib.deflateSync(plain, settings));
          for (const [place, change] of changes)
            broken[2 + (place % (broken.length - 2))] ^= change;
          const result = inflateAll(broken, [1000]);
          const raw = broken.subarray(2);
          let expected: Buffer;
          try {
            const finishFlush = zlib.constants.Z_SYNC_FLUSH;
            expected = zlib.inflateRawSync(raw, { finishFlush });
          } catch {
            // What came before the damage is not known.
            expect(result.error).toMatch(/it is (cut off|damaged)/);
            return;
          }
          expect(expected.subarray(0, result.bytes.length).equals(result.bytes)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are refused without a zlib header, or with a dictionary", () => {
    const whole = deflated(6);
    for (const [first, second] of [
      [0x79, 0x9c],
      [0x88, 0x1c],
      [0x78, 0x9d],
      [0x78, 0xbb],
    ]) {
      const other = Buffer.from(whole);
      other.set([first, second]);
      expect(inflateAll(other)).toEqual({ bytes: Buffer.alloc(0), error: "Error: it is damaged" });
    }
  });

  it.each([
    ["a block of an unknown kind", [0b111]],
    ["a stored length that does not fit its complement", [0b001, 4, 0, 0, 0]],
    // A match at the very beginning: fixed codes of length 3 and distance 1.
    ["a distance before the first byte", [0b0000_0011, 0b0000_0010, 0, 0]],
  ])("are refused with %s", (_, block) => {
    const data = Uint8Array.of(0x78, 0x9c, ...block, 0, 0, 0, 0, 0, 0);
    expect(inflateAll(data)).toEqual({ bytes: Buffer.alloc(0), error: "Error: it is damaged" });
  });

  it("end at once without any data", () => {
    expect(inflateAll(new Uint8Array()).error).toMatch(/it is (cut off|damaged)/);
  });
});

describe("CRC-32", () => {
  it("agrees with zlib", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        expect(kernel.crc32(data)).toBe(zlib.crc32(data));
      }),
    );
    const large = Buffer.alloc(200_000, "a checksum of several parts");
    expect(kernel.crc32(large)).toBe(zlib.crc32(large));
  });
});
