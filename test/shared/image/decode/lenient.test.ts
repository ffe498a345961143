import { describe, expect, it } from "vitest";
import { openReader } from "../../../../trainer/data/decode/reader.ts";
import { decodeBySharp, findMarker, joined, mean, picture, pngChunk, withChunks } from "./files.ts";
import { box } from "../../../../scripts/harness/fuzz/formats/heif.ts";

const reader = openReader();
const FRAME = { width: 61, height: 47 };
const read = (file: Uint8Array) => reader.read(file, FRAME);

/** A GIF of one row without a palette: its codes go back to the shortest before each pixel (GIF89a, appendix F). */
function plainGif(values: number[], bits: number): Buffer {
  const clear = 1 << bits;
  const codes = [...values.flatMap((value) => [clear, value]), clear + 1];
  const digits = codes.map((code) => code.toString(2).padStart(bits + 1, "0")).reverse();
  const all = digits.join("");
  const padded = all.padStart(Math.ceil(all.length / 8) * 8, "0");
  const data = (padded.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)).reverse();
  return Buffer.from([
    ...Buffer.from("GIF89a"),
    ...[values.length, 0, 1, 0, 0, 0, 0],
    ...[0x2c, 0, 0, 0, 0, values.length, 0, 1, 0, 0, bits, data.length],
    ...[...data, 0, 0x3b],
  ]);
}

/** Files that others made badly and that viewers show. */
describe("reads a picture that is whole", () => {
  it.each<[string, Uint8Array]>([
    ["an iCCP chunk that is not compressed", pngChunk("iCCP", [...Buffer.from("name\0\0junk")])],
    [
      "an iCCP chunk with an unknown compression",
      pngChunk("iCCP", [...Buffer.from("n\0\x07junk")]),
    ],
    ["a text chunk with a wrong checksum", pngChunk("tEXt", [1, 2, 3], 1)],
    ["an empty cHRM chunk", pngChunk("cHRM", [])],
  ])("in a PNG with %s", async (_, chunk) => {
    const png = await picture().png().toBuffer();
    expect(read(withChunks(png, chunk))).toEqual(read(png));
  });

  it("in a PNG without its end, or with a part of it", async () => {
    const png = await picture().png().toBuffer();
    for (const cut of [12, 8, 4, 1]) expect(read(png.subarray(0, -cut))).toEqual(read(png));
  });

  it("in a GIF without a palette, in greys", () => {
    const read = (bits: number, values: number[]) => {
      const pixels = reader.read(plainGif(values, bits), { width: values.length, height: 1 });
      return [...pixels].filter((_, i) => i % 3 === 0);
    };
    expect(read(2, [0, 1, 2, 3])).toEqual([0, 85, 170, 255]);
    expect(read(8, [0, 7, 200, 255])).toEqual([0, 7, 200, 255]);
    // Some programs write longer codes than the indexes need.
    expect(read(11, [0, 7, 200, 255])).toEqual([0, 7, 200, 255]);
    expect(() => read(12, [0, 7])).toThrow("it is damaged");
  });

  it("in a JPEG with junk before and between its segments", async () => {
    const jpeg = await picture().jpeg().toBuffer();
    const table = findMarker(jpeg, 0xdb);
    const junk = [0, 1, 2, 3];
    const file = joined(
      jpeg.subarray(0, 2),
      junk,
      jpeg.subarray(2, table),
      junk,
      jpeg.subarray(table),
    );
    expect(read(file)).toEqual(read(jpeg));
  });

  it("in a JPEG with a short APP14", async () => {
    const jpeg = await picture().jpeg().toBuffer();
    const app14 = [0xff, 0xee, 0, 7, ...Buffer.from("Adobe")];
    expect(read(joined(jpeg.subarray(0, 2), app14, jpeg.subarray(2)))).toEqual(read(jpeg));
  });

  it("in a JPEG whose orientation stands among junk", async () => {
    const jpeg = await picture().withMetadata({ orientation: 3 }).jpeg().toBuffer();
    const app1 = findMarker(jpeg, 0xe1);
    const file = joined(jpeg.subarray(0, app1), [9, 9], jpeg.subarray(app1));
    expect(read(file)).toEqual(read(jpeg));
  });

  it.each([1, 3, 4, 9])("turned by an orientation of type %i", async (type) => {
    const jpeg = await picture().jpeg().toBuffer();
    const turned = await picture().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const frame = { width: 47, height: 61 };
    const expected = reader.read(turned, frame);
    expect(expected).not.toEqual(reader.read(jpeg, frame));
    for (const little of [true, false]) {
      const tiff = new DataView(new ArrayBuffer(26));
      tiff.setUint16(0, little ? 0x4949 : 0x4d4d);
      tiff.setUint16(2, 42, little);
      tiff.setUint32(4, 8, little);
      tiff.setUint16(8, 1, little);
      tiff.setUint16(10, 274, little);
      tiff.setUint16(12, type, little);
      tiff.setUint32(14, 1, little);
      if (type === 1) tiff.setUint8(18, 6);
      else if (type === 3) tiff.setUint16(18, 6, little);
      else tiff.setUint32(18, 6, little);
      const app1 = [0xff, 0xe1, 0, 34, ...Buffer.from("Exif\0\0"), ...new Uint8Array(tiff.buffer)];
      const file = joined(jpeg.subarray(0, 2), app1, jpeg.subarray(2));
      expect(reader.read(file, frame)).toEqual(expected);
    }
  });

  it("in a file of several pictures, as 3D cameras write them", async () => {
    const [left, right] = await Promise.all(
      [90, 40].map((quality) => picture().jpeg({ quality }).toBuffer()),
    );
    const index = [0xff, 0xe2, 0, 6, ...Buffer.from("MPF\0")];
    const mpo = joined(left.subarray(0, 2), index, left.subarray(2), right);
    expect(read(mpo)).toEqual(read(left));
  });
});

describe("an AVIF of an older program", () => {
  it("that does not say the bits of its channels", async () => {
    for (const bitdepth of [8, 10] as const) {
      for (const image of [picture(), picture().ensureAlpha(0.4), picture().toColourspace("b-w")]) {
        const file = await image.avif({ effort: 0, bitdepth }).toBuffer();
        const other = Buffer.from(file.toString("latin1").replaceAll("pixi", "free"), "latin1");
        expect(other).not.toEqual(file);
        expect(read(other)).toEqual(read(file));
      }
    }
  });

  it("only where that matters: what is behind a whole file is left alone", async () => {
    const file = await picture().avif({ effort: 0 }).toBuffer();
    const junk = Buffer.concat([Buffer.of(0, 0, 0, 3), Buffer.from("junk")]);
    expect(read(Buffer.concat([file, junk]))).toEqual(read(file));
  });

  it("whose items have boxes of their own for their properties", async () => {
    const file = await picture().ensureAlpha(0.4).avif({ effort: 0 }).toBuffer();
    const start = file.indexOf("meta") - 4;
    const meta = file.subarray(start, start + file.readUInt32BE(start));
    const at = meta.indexOf("ipma") - 4;
    const associations = meta.subarray(at, at + meta.readUInt32BE(at));
    expect(associations.readUInt32BE(12)).toBe(2);
    const second = 16 + 3 + associations[18];
    const boxes = [associations.subarray(16, second), associations.subarray(second)].map((entry) =>
      box("ipma", associations.subarray(8, 12), Buffer.of(0, 0, 0, 1), entry),
    );
    const rest = meta.subarray(at + associations.length);
    const other = Buffer.concat([file, meta.subarray(0, at), ...boxes, rest]);
    for (const type of ["meta", "iprp"]) {
      const size = other.lastIndexOf(type) - 4;
      other.writeUInt32BE(other.readUInt32BE(size) + 16, size);
    }
    other.write("free", start + 4);
    expect(read(other)).toEqual(read(file));
  });
});

describe("an AVIF gets the memory that it needs", () => {
  it.each([
    ["thin, and coded in blocks that are wider", [130, 4000], { effort: 0 }],
    ["of 10 bits", [1024, 1024], { effort: 0, bitdepth: 10, chromaSubsampling: "4:2:0" }],
  ] as const)("%s", async (_, [width, height], options) => {
    const file = await picture(width, height).avif(options).toBuffer();
    const pixels = reader.read(file, { width, height });
    expect(mean(pixels, await decodeBySharp(file))).toBeLessThan(2);
  });
});

describe("inks", () => {
  it("with and without Adobe's marker", async () => {
    const jpeg = await picture().toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer();
    const app14 = findMarker(jpeg, 0xee);
    const bare = joined(jpeg.subarray(0, app14), jpeg.subarray(app14 + 16));
    const plain = await picture().removeAlpha().raw().toBuffer();
    // Without their profile inks are more colourful; as their opposites they would be 100 levels off.
    expect(mean(read(jpeg), plain)).toBeLessThan(45);
    expect(read(bare)).toEqual(read(jpeg));
    // The last byte of Adobe's marker says that the inks are stored as YCCK.
    const ycck = Uint8Array.from(jpeg);
    ycck[app14 + 15] = 2;
    expect(read(ycck)).not.toEqual(read(jpeg));
  });
});

describe("refuses", () => {
  it.each(["jpeg", "png", "webp", "gif", "avif"] as const)(
    "a %s that is cut off",
    async (format) => {
      const file = await picture().toFormat(format).toBuffer();
      for (const part of [0.3, 0.6, 0.9]) {
        const cut = file.subarray(0, Math.floor(file.length * part));
        expect(() => read(cut)).toThrow(/does not decode/);
      }
    },
  );

  it("a PNG whose pixels or palette were changed", async () => {
    const png = await picture().png({ palette: true }).toBuffer();
    for (const type of ["PLTE", "IDAT"]) {
      const file = Uint8Array.from(png);
      file[png.indexOf(type, 0, "latin1") + 6] ^= 1;
      expect(() => read(file)).toThrow("is a PNG that does not decode: it is damaged");
    }
  });

  it("an AVIF that is larger than it says, before it takes the memory", async () => {
    const file = await picture(1200, 1200).avif({ effort: 0 }).toBuffer();
    const ispe = file.indexOf("ispe", 0, "latin1");
    expect(read(file)).toHaveLength(61 * 47 * 3);
    for (const side of [16, 1100]) {
      const lie = Buffer.from(file);
      lie.writeUInt32BE(side, ispe + 8);
      lie.writeUInt32BE(side, ispe + 12);
      const other = openReader();
      expect(() => other.read(lie, FRAME)).toThrow(/is an AVIF that does not decode/);
      expect(other.heapBytes).toBeLessThan(26 * 2 ** 20);
    }
  });

  it("an AVIF without what its picture needs", async () => {
    const file = await picture().avif({ effort: 0 }).toBuffer();
    for (const type of ["meta", "pitm", "iprp", "ipma", "ipco", "ispe", "iinf", "iloc"]) {
      const other = Buffer.from(file);
      other.write("free", other.indexOf(type, 0, "latin1"), "latin1");
      expect(() => read(other), type).toThrow(/is an AVIF that does not decode: it/);
    }
  });

  it("bytes of no known kind", () => {
    expect(() => read(Buffer.from("BMW, a car"))).toThrow(
      "is not a JPEG, PNG, WebP, AVIF, HEIC or GIF",
    );
  });
});

describe("scaled decoding", () => {
  it.each([{ progressive: false }, { progressive: true }])(
    "stays near the decoded whole: %o",
    async (options) => {
      const jpeg = await picture(640, 480)
        .jpeg({ quality: 90, ...options })
        .toBuffer();
      for (const side of [240, 120, 60, 40]) {
        const frame = { width: side, height: side };
        const whole = reader.read(jpeg, frame);
        const scaled = reader.read(jpeg, { ...frame, decode: { oversampling: 1.25 } });
        const mean =
          whole.reduce((sum, value, i) => sum + Math.abs(value - scaled[i]), 0) / whole.length;
        expect(mean).toBeLessThan(1);
        // At 240 pixels there are too few to spare.
        if (side < 240) expect(mean).toBeGreaterThan(0);
        else expect(mean).toBe(0);
      }
    },
  );

  it("leaves the caller's bytes as they are", async () => {
    const jpeg = await picture(640, 480).jpeg({ progressive: true }).toBuffer();
    const before = Uint8Array.from(jpeg);
    reader.read(jpeg, { width: 32, height: 32, decode: { oversampling: 1.25 } });
    expect(Uint8Array.from(jpeg)).toEqual(before);
  });
});
