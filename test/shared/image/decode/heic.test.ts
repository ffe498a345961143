import { describe, expect, it } from "vitest";
import { wholeOf } from "../../../../shared/image/decode/heif/locations.ts";
import { openReader } from "../../../../trainer/data/decode/reader.ts";
import { each } from "../../../oracles/numbers.ts";
import { mean, picture, worst } from "./files.ts";
import {
  box,
  fullBox,
  gridData,
  heifFile,
  ispe,
  type Item,
} from "../../../../scripts/harness/fuzz/formats/heif.ts";
import { type Coded, DEEP, PLAIN } from "../../../../scripts/harness/fuzz/heic.ts";

const SIDE = 64;
const SQUARE = { width: SIDE, height: SIDE };
const source = () => picture(SIDE, SIDE).raw().toBuffer();

const uint32 = (...values: number[]) =>
  Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(value);
      return bytes;
    }),
  );

function coded({ configuration, data }: Coded, ...properties: Uint8Array[]): Item {
  const all = [box("hvcC", configuration), ispe(SIDE, SIDE), ...properties];
  return { type: "hvc1", properties: all, data };
}

function grid(rows: number, columns: number, width: number, height: number, count: number): Item[] {
  const to = Array.from({ length: count }, (_, i) => i + 2);
  const item: Item = {
    type: "grid",
    properties: [ispe(width, height)],
    data: gridData(rows, columns, width, height),
    references: [{ type: "dimg", to }],
  };
  return [item, ...to.map(() => coded(PLAIN))];
}

const reader = openReader();
const read = (items: Item[], frame = SQUARE) => reader.read(heifFile(items), frame);

/** A part of RGB pixels that are `width` wide. */
const cut = (
  pixels: Uint8Array,
  width: number,
  [left, top, columns, rows]: [number, number, number, number],
) =>
  Uint8Array.from(
    Array.from({ length: rows }, (_, y) => {
      const at = ((top + y) * width + left) * 3;
      return [...pixels.subarray(at, at + columns * 3)];
    }).flat(),
  );

describe("decodes HEIC", () => {
  it.each([
    ["4:2:0", PLAIN],
    ["of 10 bits and 4:4:4", DEEP],
  ])("%s", async (_, file) => {
    expect(mean(read([coded(file)]), await source())).toBeLessThan(5);
  });

  it("by what its own properties say of colours, not by what its data say", () => {
    const nclx = (matrix: number, flags: number) =>
      box("colr", Buffer.from("nclx"), Buffer.from([0, 1, 0, 13, 0, matrix, flags]));
    const plain = read([coded(DEEP)]);
    expect(read([coded(DEEP, nclx(6, 128))])).toEqual(plain);
    // By BT.601 back to what is stored, and from there by BT.709 with brightness from 16 to 235.
    const expected = each(SIDE * SIDE).flatMap((i) => {
      const [r, g, b] = plain.subarray(i * 3) as unknown as [number, number, number];
      const stored = 0.299 * r + 0.587 * g + 0.114 * b;
      const y = ((stored - 16) * 255) / 219;
      const blue = ((b - stored) / 1.772) * (255 / 224);
      const red = ((r - stored) / 1.402) * (255 / 224);
      const colours = [y + 1.5748 * red, y - 0.1873 * blue - 0.4681 * red, y + 1.8556 * blue];
      return colours.map((value) => Math.min(255, Math.max(0, Math.round(value))));
    });
    const video = read([coded(DEEP, nclx(1, 0))]);
    // Where the plain picture is clipped, what is stored is not known.
    const clipped = plain.map((value) => (value === 0 || value === 255 ? 1 : 0));
    const known = (i: number) => !clipped.subarray(i - (i % 3), i - (i % 3) + 3).includes(1);
    expect(
      worst(
        video.map((value, i) => (known(i) ? value : 0)),
        Uint8Array.from(expected, (value, i) => (known(i) ? value : 0)),
      ),
    ).toBeLessThanOrEqual(3);
  });

  it("put together of parts, the last of which are not whole", () => {
    const whole = read([coded(PLAIN)]);
    const [width, height] = [100, 150];
    const pixels = read(grid(3, 2, width, height, 6), { width, height });
    for (const [left, top] of [
      [0, 0],
      [64, 0],
      [0, 64],
      [64, 128],
    ] as const) {
      const columns = Math.min(SIDE, width - left);
      const rows = Math.min(SIDE, height - top);
      const expected = cut(whole, SIDE, [0, 0, columns, rows]);
      expect(cut(pixels, width, [left, top, columns, rows])).toEqual(expected);
    }
  });

  it("cut to its clean aperture, then turned", async () => {
    // 40 x 20 pixels, whose middle is 5 to the right of the picture's and 7 above it.
    const clap = box("clap", uint32(40, 1, 20, 1, 5, 1, -7, 1));
    const crop: [number, number, number, number] = [17, 15, 40, 20];
    const whole = read([coded(PLAIN)]);
    const cropped = read([coded(PLAIN, clap)], { width: 40, height: 20 });
    expect(cropped).toEqual(cut(whole, SIDE, crop));
    const turned = read([coded(PLAIN, clap, box("irot", Buffer.from([1])))], {
      width: 20,
      height: 40,
    });
    const { default: sharp } = await import("sharp");
    const raw = { width: 40, height: 20, channels: 3 as const };
    const expected = await sharp(cropped, { raw }).rotate(270).raw().toBuffer();
    expect(worst(turned, expected)).toBe(0);
  });

  it("over white by its alpha, which is a picture of its own", () => {
    const name = "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0";
    const auxiliary = fullBox("auxC", 0, Buffer.from(name));
    const alpha = { ...coded(PLAIN, auxiliary), references: [{ type: "auxl", to: [1] }] };
    const plain = read([coded(PLAIN)]);
    const expected = plain.map((value, i) => {
      const [r, g, b] = plain.subarray(i - (i % 3)) as unknown as [number, number, number];
      // The alpha is the brightness (BT.601).
      const part = (0.299 * r + 0.587 * g + 0.114 * b) / 255;
      return Math.round(value * part + 255 * (1 - part));
    });
    // Colours that are clipped make other brightness.
    expect(mean(read([coded(PLAIN), alpha]), expected)).toBeLessThan(1);
    const depth = fullBox("auxC", 0, Buffer.from("urn:mpeg:hevc:2015:auxid:2\0"));
    const other = { ...coded(PLAIN, depth), references: [{ type: "auxl", to: [1] }] };
    expect(read([coded(PLAIN), other])).toEqual(plain);
  });
});

describe("refuses HEIC", () => {
  it.each<[string, Item[], RegExp]>([
    ["cut off", [{ ...coded(PLAIN), data: PLAIN.data.subarray(0, 100) }], /cut off/],
    ["without coded data", [{ ...coded(PLAIN), data: Buffer.alloc(0) }], /a part of it is missing/],
    ["with parts missing", grid(2, 2, 128, 128, 3), /3 parts, its grid 2x2/],
    ["with parts that do not cover it", grid(1, 2, 128, 128, 2), /do not cover it/],
    [
      "of another size than it says",
      [{ ...coded(PLAIN), properties: [box("hvcC", PLAIN.configuration), ispe(32, 32)] }],
      /64x64 pixels, its header says 32x32/,
    ],
    ["made by an overlay", [{ ...coded(PLAIN), type: "iovl" }, coded(PLAIN)], /"iovl"/],
    [
      "with a clean aperture beyond it",
      [coded(PLAIN, box("clap", uint32(40, 1, 20, 1, 50, 1, 0, 1)))],
      /clean aperture/,
    ],
  ])("%s", (_, items, message) => {
    expect(() => read(items)).toThrow(message);
    // The codec still decodes the next one.
    expect(read([coded(PLAIN)])).toHaveLength(SIDE * SIDE * 3);
  });

  it("that would take more memory than there is", () => {
    const properties = [box("hvcC", PLAIN.configuration), ispe(8000, 6000)];
    const file = heifFile([{ ...coded(PLAIN), properties }]);
    expect(() => reader.read(file, SQUARE, 64_000_000)).toThrow(/takes \d+ MiB to decode/);
  });
});

it("of data in parts that overlap no more is put together than a file has", () => {
  const part = Uint8Array.of(1, 2, 3);
  expect(wholeOf([part, part], 6)).toEqual(Uint8Array.of(1, 2, 3, 1, 2, 3));
  expect(() => wholeOf([part, part], 5)).toThrow("parts of its data overlap");
});
