import { describe, expect, it } from "vitest";
import { openReader } from "../../../../trainer/data/decode/reader.ts";
import { decodeBySharp, mean, picture, worst } from "./files.ts";

const reader = openReader();
const FRAME = { width: 61, height: 47 };
const read = (file: Uint8Array) => reader.read(file, FRAME);

const jpegs = {
  "4:2:0": { chromaSubsampling: "4:2:0" },
  "4:4:4": { chromaSubsampling: "4:4:4" },
  "progressive 4:2:0": { progressive: true },
  "progressive 4:4:4": { progressive: true, chromaSubsampling: "4:4:4" },
  "with restart markers": { mozjpeg: false, quality: 60, optimiseCoding: false },
};

const pngs = {
  "8 bits": {},
  interlaced: { progressive: true },
  "with a palette": { palette: true },
  "of 2 bits": { palette: true, colours: 4 },
  "of 1 bit": { palette: true, colours: 2 },
  "interlaced, of 4 bits": { palette: true, colours: 16, progressive: true },
};

describe("agrees with another decoder", () => {
  it.each(Object.entries(jpegs))("JPEG %s", async (_, options) => {
    const file = await picture()
      .jpeg({ quality: 85, ...options })
      .toBuffer();
    // Decoders differ in how they enlarge the colours.
    expect(worst(read(file), await decodeBySharp(file))).toBeLessThanOrEqual(2);
  });

  it("JPEG of greys", async () => {
    const file = await picture().toColourspace("b-w").jpeg().toBuffer();
    expect(worst(read(file), await decodeBySharp(file))).toBeLessThanOrEqual(1);
  });

  it.each(Object.entries(pngs))("PNG %s", async (_, options) => {
    const file = await picture().png(options).toBuffer();
    expect(worst(read(file), await decodeBySharp(file))).toBe(0);
  });

  it("PNG with all filters", async () => {
    const file = await picture().png({ adaptiveFiltering: true, compressionLevel: 9 }).toBuffer();
    expect(worst(read(file), await decodeBySharp(file))).toBe(0);
  });

  it.each([
    ["of greys", (it: ReturnType<typeof picture>) => it.toColourspace("b-w")],
    ["of 16 bits", (it: ReturnType<typeof picture>) => it.toColourspace("rgb16")],
    ["of greys in 16 bits", (it: ReturnType<typeof picture>) => it.toColourspace("grey16")],
    ["with alpha", (it: ReturnType<typeof picture>) => it.ensureAlpha(0.4)],
    [
      "of greys with alpha",
      (it: ReturnType<typeof picture>) => it.toColourspace("b-w").ensureAlpha(0.4),
    ],
  ])("PNG %s", async (_, change) => {
    for (const progressive of [false, true]) {
      const file = await change(picture()).png({ progressive }).toBuffer();
      expect(worst(read(file), await decodeBySharp(file))).toBeLessThanOrEqual(1);
    }
  });

  it.each([
    ["lossy", { quality: 80 }],
    ["lossless", { lossless: true }],
  ])("WebP %s", async (_, options) => {
    const file = await picture().webp(options).toBuffer();
    expect(worst(read(file), await decodeBySharp(file))).toBe(0);
    const clear = await picture().ensureAlpha(0.4).webp(options).toBuffer();
    expect(worst(read(clear), await decodeBySharp(clear))).toBeLessThanOrEqual(1);
  });

  it.each([
    ["4:4:4", {}],
    ["lossless", { lossless: true }],
    ["of 10 bits", { bitdepth: 10 as const }],
    ["of 12 bits", { bitdepth: 12 as const }],
  ])("AVIF %s", async (_, options) => {
    const file = await picture()
      .avif({ effort: 0, ...options })
      .toBuffer();
    expect(worst(read(file), await decodeBySharp(file))).toBeLessThanOrEqual(3);
    const clear = await picture()
      .ensureAlpha(0.4)
      .avif({ effort: 0, ...options })
      .toBuffer();
    expect(worst(read(clear), await decodeBySharp(clear))).toBeLessThanOrEqual(3);
  });

  it("AVIF 4:2:0", async () => {
    const file = await picture().avif({ effort: 0, chromaSubsampling: "4:2:0" }).toBuffer();
    // The other decoder repeats the colours of four pixels, which shows at edges.
    expect(mean(read(file), await decodeBySharp(file))).toBeLessThan(4);
  });

  it("AVIF under the brand of any codec's pictures", async () => {
    const file = await picture().avif({ effort: 0 }).toBuffer();
    const other = Buffer.from(file);
    for (let at = 8; at < 28; at += 4) {
      if (other.toString("latin1", at, at + 4) === "avif") other.write("mif1", at, "latin1");
    }
    expect(other).not.toEqual(file);
    expect(read(other)).toEqual(read(file));
  });

  it.each([
    ["of 256 colours", {}],
    ["of 2 colours", { colours: 2 }],
    ["interlaced", { progressive: true }],
  ])("GIF %s", async (_, options) => {
    const file = await picture().gif(options).toBuffer();
    expect(worst(read(file), await decodeBySharp(file))).toBe(0);
  });

  it("the first frame of an animation", async () => {
    const frames = await Promise.all(
      [0, 90].map((angle) => picture(40, 40).rotate(angle).png().toBuffer()),
    );
    const { default: sharp } = await import("sharp");
    for (const format of ["gif", "webp"] as const) {
      const file = await sharp(frames, { join: { animated: true } })
        .toFormat(format)
        .toBuffer();
      const pixels = reader.read(file, { width: 40, height: 40 });
      const expected = await decodeBySharp(file);
      expect(worst(pixels, expected)).toBeLessThanOrEqual(1);
    }
  });
});

describe("turns upright by Exif", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("orientation %i", async (orientation) => {
    const turned = orientation > 4;
    const frame = turned ? { width: 47, height: 61 } : FRAME;
    for (const format of ["jpeg", "png", "webp", "avif"] as const) {
      const options = { webp: { lossless: true }, avif: { effort: 0 }, jpeg: {}, png: {} }[format];
      const file = await picture()
        .withMetadata({ orientation })
        .toFormat(format, options)
        .toBuffer();
      const expected = await decodeBySharp(file, true);
      expect(worst(reader.read(file, frame), expected)).toBeLessThanOrEqual(2);
    }
  });
});
