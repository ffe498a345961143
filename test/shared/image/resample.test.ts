import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { IMAGE_CONTRACT } from "../../../shared/image/contract.ts";
import type { Frame } from "../../../shared/image/frame.ts";
import { Resampler } from "../../../shared/image/resample/resampler.ts";
import { each, numbers } from "../../oracles/numbers.ts";
import { type Bitmap, naivePixels } from "../../oracles/resample.ts";

const kernel = new URL("../../../shared/image/resample/build/resample.wasm", import.meta.url);
const resampler = new Resampler(new WebAssembly.Module(readFileSync(kernel)));

function toPixels({ width, height, data }: Bitmap, frame: Frame, scale = 1): Uint8Array {
  const opaque = data.every((value, i) => i % 4 !== 3 || value === 255);
  const resampling = resampler.start({ width, height, scale, opaque }, frame);
  resampling.pushAll(data);
  return resampling.finish();
}

const bytes = (count: number, seed: number) =>
  Uint8Array.from(numbers(count, seed), (value) => Math.floor((value + 1) * 128));

function bitmap(width: number, height: number, opaque: boolean): Bitmap {
  const data = bytes(width * height * 4, width * 31 + height);
  if (opaque) for (const pixel of each(width * height)) data[pixel * 4 + 3] = 255;
  return { width, height, data };
}

/** Every pixel is the mean of `scale` x `scale` pixels, as a scaled decoder's are about. */
function averaged({ width, height, data }: Bitmap, scale: number): Bitmap {
  const size = { width: width / scale, height: height / scale };
  const means = each(size.width * size.height * 4).map((i) => {
    const [x, y] = [Math.floor(i / 4) % size.width, Math.floor(i / 4 / size.width)];
    const parts = each(scale * scale).map((part) => {
      const row = y * scale + Math.floor(part / scale);
      return data[(row * width + x * scale + (part % scale)) * 4 + (i % 4)];
    });
    return Math.round(parts.reduce((sum, value) => sum + value, 0) / parts.length);
  });
  return { ...size, data: Uint8Array.from(means) };
}

const from = [
  [1, 1],
  [2, 3],
  [7, 5],
  [16, 16],
  [33, 20],
  [50, 9],
];
const to = [
  [1, 1],
  [8, 8],
  [16, 16],
  [5, 13],
  [20, 3],
];
const cases = from.flatMap(([width, height]) =>
  to.map(([toWidth, toHeight]) => ({ width, height, toWidth, toHeight })),
);

describe("resampling", () => {
  it.each(cases)(
    "agrees with a two-dimensional triangle filter: $width x $height to $toWidth x $toHeight",
    ({ width, height, toWidth, toHeight }) => {
      const size = { width: toWidth, height: toHeight };
      for (const opaque of [true, false]) {
        const image = bitmap(width, height, opaque);
        const actual = toPixels(image, size);
        const expected = naivePixels(image, size);
        expect(actual).toHaveLength(expected.length);
        // Half a level for rounding, and a little for weights in 14 bits; half a level for premultiplying.
        const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i])));
        expect(worst).toBeLessThan(opaque ? 0.52 : 1.02);
      }
    },
  );

  it("changes nothing in an opaque image that has the size already", () => {
    const image = bitmap(9, 6, true);
    const expected = image.data.filter((_, i) => i % 4 !== 3);
    expect(toPixels(image, { width: 9, height: 6 })).toEqual(Uint8Array.from(expected));
  });

  it.each([
    { width: 16, height: 16, margin: 3 },
    { width: 33, height: 20, margin: 1 },
    { width: 5, height: 9, margin: 40 },
  ])("cuts off a margin of $margin after stretching $width x $height", ({ margin, ...size }) => {
    const image = bitmap(size.width, size.height, true);
    const frame = { width: 11, height: 6, margin };
    const whole = { width: 11 + 2 * margin, height: 6 + 2 * margin };
    const all = naivePixels(image, whole);
    const expected = each(6).flatMap((y) => {
      const start = ((y + margin) * whole.width + margin) * 3;
      return all.slice(start, start + 33);
    });
    const actual = toPixels(image, frame);
    expect(actual).toHaveLength(expected.length);
    expect(Math.max(...expected.map((value, i) => Math.abs(value - actual[i])))).toBeLessThan(0.52);
  });

  it.each([
    { fit: "cover", width: 40, height: 24, scale: 2.4 },
    { fit: "cover", width: 9, height: 31, scale: 0.9 },
    { fit: "contain", width: 40, height: 24, scale: 4 },
    { fit: "contain", width: 9, height: 31, scale: 3.1 },
  ] as const)("$fit: $width x $height keep their shape", ({ fit, width, height, scale }) => {
    const image = bitmap(width, height, true);
    const view = (side: number) => ({ scale, offset: (side - 10 * scale) / 2 });
    const size = { width: 10, height: 10 };
    const expected = naivePixels(image, size, view(width), view(height));
    const actual = toPixels(image, { ...size, fit });
    expect(Math.max(...expected.map((value, i) => Math.abs(value - actual[i])))).toBeLessThan(0.52);
  });

  it("keeps a picture's shape inside its margin too", () => {
    const image = bitmap(60, 20, true);
    const expected = naivePixels(
      image,
      { width: 6, height: 6 },
      { scale: 2, offset: 24 },
      { scale: 2, offset: 4 },
    );
    const frame = { width: 6, height: 6, margin: 2, fit: "cover" } as const;
    const actual = toPixels(image, frame);
    expect(Math.max(...expected.map((value, i) => Math.abs(value - actual[i])))).toBeLessThan(0.52);
  });

  it.each([2, 4, 8])("blurs no more after decoding to 1/%i than without", (scale) => {
    // Variances of the filter along a side, in pixels of the frame: of a line's image in all its rows.
    const spread = (pixels: Uint8Array) => {
      const greys = Array.from(pixels.filter((_, i) => i % 3 === 0));
      const total = greys.reduce((sum, grey) => sum + grey, 0);
      const center = greys.reduce((sum, grey, x) => sum + grey * x, 0) / total;
      return greys.reduce((sum, grey, x) => sum + grey * (x - center) ** 2, 0) / total;
    };
    const size = { width: 11, height: 1 };
    const [width, height] = [20 * scale, scale];
    /** Mean over lines at all places in the middle, so that where pixels begin does not matter. */
    const meanSpread = (read: (line: Bitmap) => Uint8Array) => {
      const spreads = each(10 * scale).map((at) => {
        const column = 5 * scale + at;
        const level = (x: number) => (Math.abs(x - column) < scale ? 255 : 0);
        const data = each(width * height).flatMap((i) => [...each(3).fill(level(i % width)), 255]);
        return spread(read({ width, height, data: Uint8Array.from(data) }));
      });
      return spreads.reduce((sum, value) => sum + value, 0) / spreads.length;
    };
    const whole = meanSpread((line) => toPixels(line, size));
    const scaled = meanSpread((line) => toPixels(averaged(line, scale), size, scale));
    const blurred = meanSpread((line) => toPixels(averaged(line, scale), size));
    expect(blurred - whole).toBeGreaterThan(0.01);
    expect(Math.abs(scaled - whole)).toBeLessThan((blurred - whole) / 2);
  });

  it("changes nothing in a picture that was decoded to the frame's size", () => {
    const image = bitmap(9, 6, true);
    const frame = { width: 9, height: 6 };
    expect(toPixels(image, frame, 8)).toEqual(toPixels(image, frame));
  });

  it("keeps one colour one colour at any size", () => {
    const data = Uint8Array.from(each(31 * 17).flatMap(() => [12, 200, 77, 255]));
    for (const size of [
      { width: 5, height: 40 },
      { width: 90, height: 3 },
    ]) {
      const pixels = toPixels({ width: 31, height: 17, data }, size);
      expect(new Set(pixels.filter((_, i) => i % 3 === 0))).toEqual(new Set([12]));
      expect(new Set(pixels.filter((_, i) => i % 3 === 1))).toEqual(new Set([200]));
      expect(new Set(pixels.filter((_, i) => i % 3 === 2))).toEqual(new Set([77]));
    }
  });

  it("spreads a single pixel over the whole image", () => {
    const image = { width: 1, height: 1, data: Uint8Array.of(3, 130, 250, 255) };
    const pixels = toPixels(image, { width: 8, height: 8 });
    expect(Array.from(pixels)).toEqual(each(64).flatMap(() => [3, 130, 250]));
  });

  it("lays what is transparent over white", () => {
    const data = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 255, 100, 0, 200, 51, 255, 0, 0, 128);
    const pixels = toPixels({ width: 4, height: 1, data }, { width: 4, height: 1 });
    const over = (value: number, alpha: number) => Math.round(255 + ((value - 255) * alpha) / 255);
    expect(Array.from(pixels)).toEqual([
      ...[255, 255, 255],
      ...[0, 0, 0],
      ...[over(100, 51), over(0, 51), over(200, 51)],
      ...[255, over(0, 128), over(0, 128)],
    ]);
  });

  it("does not let the colour of transparent pixels bleed", () => {
    const data = Uint8Array.from(
      each(16 * 16).flatMap((i) => (i % 2 === 0 ? [0, 255, 0, 0] : [200, 0, 0, 255])),
    );
    const pixels = toPixels({ width: 16, height: 16, data }, { width: 4, height: 4 });
    for (const pixel of each(16)) {
      // Half red, half white: no channel is greener than the white alone makes it.
      expect(pixels[pixel * 3 + 1]).toBe(pixels[pixel * 3 + 2]);
    }
  });
});

it("a version of the contract always gives the same pixels", () => {
  const hash = createHash("sha256");
  for (const { width, height, toWidth, toHeight } of cases) {
    // Whole numbers only, so that every engine makes the same.
    const data = Uint8Array.from(each(width * height * 4), (i) => (i * i * 7 + i * 31) % 251);
    for (const margin of [0, 2]) {
      const frame = { width: toWidth, height: toHeight, margin };
      for (const scale of [1, 2, 8]) hash.update(toPixels({ width, height, data }, frame, scale));
    }
  }
  // Other pixels need another version: raise IMAGE_CONTRACT, then write both down here.
  expect({ version: IMAGE_CONTRACT, pixels: hash.digest("hex") }).toEqual({
    version: 6,
    pixels: "1dccaa587d7b54aa4a415552efab5948de5ceeaca1683ff06f236c336bba20d3",
  });
});
