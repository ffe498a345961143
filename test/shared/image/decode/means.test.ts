import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { openReader } from "../../../../trainer/data/decode/reader.ts";
import { partsOf } from "../../../../shared/image/decode/jpeg/parts.ts";
import { readSegments } from "../../../../shared/image/decode/jpeg/segments.ts";
import { Turbo } from "../../../../shared/image/decode/jpeg/turbo.ts";
import { decodeBySharp, findMarker, mean, picture, worst } from "./files.ts";

const reader = openReader();
const path = createRequire(import.meta.url).resolve("@cwasm/jpeg-turbo/jpeg-turbo.wasm");
const turbo = new Turbo(new WebAssembly.Module(readFileSync(path)));

/** RGB of a JPEG at an eighth of its size, as libjpeg-turbo decodes it. */
function expectedOf(jpeg: Uint8Array, width: number, height: number): Uint8Array {
  const request = { parts: partsOf(jpeg, [...readSegments(jpeg)]), width, height, cmyk: false };
  return turbo.decode(request, (rgbx) => rgbx.filter((_, i) => i % 4 < 3));
}

/** The same by the reader: of a frame of that size every pixel is a block. */
const readEighth = (jpeg: Uint8Array, width: number, height: number) =>
  reader.read(jpeg, { width, height, decode: { oversampling: 1 } });

/** What a whole picture's blocks of 8 x 8 are in the mean; of colours, those of 16 x 16. */
async function meansOf(jpeg: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const whole = await decodeBySharp(jpeg);
  const meanOf = (side: number, left: number, top: number, weights: readonly number[]) => {
    let sum = 0;
    for (let y = top; y < Math.min(top + side, 8 * height); y++) {
      for (let x = left; x < Math.min(left + side, 8 * width); x++) {
        weights.forEach((weight, channel) => {
          sum += weight * whole[(y * 8 * width + x) * 3 + channel];
        });
      }
    }
    const across = Math.min(side, 8 * width - left);
    return sum / (across * Math.min(side, 8 * height - top));
  };
  const pixels = Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const luma = meanOf(8, 8 * x, 8 * y, [0.299, 0.587, 0.114]);
    const place = [16 * Math.floor(x / 2), 16 * Math.floor(y / 2)] as const;
    const blue = meanOf(16, ...place, [-0.168736, -0.331264, 0.5]);
    const red = meanOf(16, ...place, [0.5, -0.418688, -0.081312]);
    return [luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue];
  });
  return new Uint8Array(Uint8ClampedArray.from(pixels.flat()));
}

const NOISE = 12;

/** With noise, which fills blocks with coefficients. */
async function noisy(width: number, height: number) {
  const { data } = await picture(width, height).raw().toBuffer({ resolveWithObject: true });
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[i] = Math.min(255, Math.max(0, data[i] + ((state >>> 24) / 255 - 0.5) * NOISE));
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const KINDS = [
  { chromaSubsampling: "4:4:4" },
  { chromaSubsampling: "4:4:4", quality: 99 },
  { chromaSubsampling: "4:4:4", optimiseCoding: true, quality: 30 },
  { chromaSubsampling: "4:4:4", progressive: true },
  { chromaSubsampling: "4:4:4", mozjpeg: true },
  { chromaSubsampling: "4:2:0" },
  { chromaSubsampling: "4:2:0", progressive: true },
  { chromaSubsampling: "4:2:0", mozjpeg: true },
];

describe("a JPEG at an eighth of its size", () => {
  it.each(KINDS)("has the means of its blocks: %o", async (options) => {
    for (const [width, height] of [
      [640, 480],
      [336, 520],
    ] as const) {
      const jpeg = await (await noisy(width, height)).jpeg(options).toBuffer();
      const actual = readEighth(jpeg, width / 8, height / 8);
      if (options.chromaSubsampling === "4:4:4") {
        expect(worst(actual, expectedOf(jpeg, width / 8, height / 8))).toBeLessThanOrEqual(1);
      } else {
        // libjpeg-turbo takes more of the colours from other coefficients.
        const expected = await meansOf(jpeg, width / 8, height / 8);
        expect(mean(actual, expected)).toBeLessThan(1);
      }
    }
  });

  it("is so of a grey one", async () => {
    const jpeg = await (await noisy(640, 480)).greyscale().jpeg().toBuffer();
    expect(worst(readEighth(jpeg, 80, 60), expectedOf(jpeg, 80, 60))).toBeLessThanOrEqual(1);
  });

  it("is not read so of inks, which are more than three components", async () => {
    const inks = (await noisy(640, 480)).toColourspace("cmyk");
    const jpeg = await inks.jpeg({ quality: 95 }).toBuffer();
    const whole = reader.read(jpeg, { width: 80, height: 60 });
    expect(mean(readEighth(jpeg, 80, 60), whole)).toBeLessThan(3);
  });

  it("is refused where a scan comes twice, which would take its time again", async () => {
    const jpeg = await (await noisy(640, 480)).jpeg().toBuffer();
    const scan = jpeg.subarray(findMarker(jpeg, 0xda), -2);
    const twice = Buffer.concat([jpeg.subarray(0, -2), scan, jpeg.subarray(-2)]);
    expect(() => readEighth(twice, 80, 60)).toThrow("it is damaged");
  });

  it("is a picture where its data are damaged, as at other sizes", async () => {
    for (const progressive of [false, true]) {
      const jpeg = await (await noisy(640, 480)).jpeg({ progressive }).toBuffer();
      const data = findMarker(jpeg, 0xda) + 20;
      // Within the first scan of the progressive one, too.
      for (let at = data; at < data + 1500; at += 97) {
        if (jpeg[at] !== 0xff && jpeg[at - 1] !== 0xff) jpeg[at] = 0x2a;
      }
      expect(readEighth(jpeg, 80, 60)).toHaveLength(80 * 60 * 3);
      expect(reader.read(jpeg, { width: 80, height: 60 })).toHaveLength(80 * 60 * 3);
    }
  });
});
