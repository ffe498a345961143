import { crc32, deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openReader } from "../../../../trainer/data/decode/reader.ts";
import { picture, pngChunk } from "./files.ts";

const reader = openReader();
const read = (file: Uint8Array) => reader.read(file, { width: 61, height: 47 });

/** More parts than a file may have; a body of 10 MB has room for twenty times as many. */
const MANY = 40_000;

const repeated = (part: Uint8Array | number[]): Buffer =>
  Buffer.alloc(part.length * MANY, Uint8Array.from(part));

const inserted = (file: Uint8Array, at: number, part: Uint8Array): Buffer =>
  Buffer.concat([file.subarray(0, at), part, file.subarray(at)]);

const chunk = (type: string, data: Uint8Array | number[]) =>
  pngChunk(type, data, crc32(Buffer.concat([Buffer.from(type), Uint8Array.from(data)])));

/** An AVIF with more boxes in the box of a type, and in those that hold it. */
function withBoxes(avif: Buffer, types: string[]): Buffer {
  const boxes = repeated([0, 0, 0, 8, ...Buffer.from("free")]);
  const file = inserted(avif, avif.indexOf(types[0]) + 4, boxes);
  for (const type of types) {
    const at = file.indexOf(type) - 4;
    file.writeUInt32BE(file.readUInt32BE(at) + boxes.length, at);
  }
  return file;
}

/** An object for each part would take more memory than an isolate has. */
describe("refuses a file of countless parts", () => {
  it.each(["tEXt", "IDAT"])("a PNG with %s chunks", async (type) => {
    const file = await picture().png().toBuffer();
    expect(() => read(inserted(file, 33, repeated(chunk(type, []))))).toThrow("32768 chunks");
  });

  it.each([
    ["comments", 0xfe],
    ["Huffman tables", 0xc4],
  ])("a JPEG with %s", async (_, marker) => {
    const file = await picture().jpeg().toBuffer();
    const crowded = inserted(file, 2, repeated([0xff, marker, 0, 2]));
    expect(() => read(crowded)).toThrow("32768 segments");
  });

  it("a WebP", async () => {
    const file = await picture().ensureAlpha(0.4).webp().toBuffer();
    const crowded = inserted(file, 30, repeated([...Buffer.from("ABCD"), 0, 0, 0, 0]));
    expect(() => read(crowded)).toThrow("32768 chunks");
  });

  it("an AVIF with properties", async () => {
    const file = await picture().avif({ effort: 0 }).toBuffer();
    expect(() => read(withBoxes(file, ["ipco", "iprp", "meta"]))).toThrow("32768 boxes");
  });

  it("an AVIF with boxes before its picture's", async () => {
    const file = await picture().avif({ effort: 0 }).toBuffer();
    const boxes = repeated([0, 0, 0, 8, ...Buffer.from("free")]);
    expect(() => read(inserted(file, file.indexOf("meta") - 4, boxes))).toThrow("32768 boxes");
  });
});

describe("reads a picture of many small parts", () => {
  it("a PNG with a byte in each chunk", async () => {
    const file = await picture().png().toBuffer();
    const rows = await picture().raw().toBuffer();
    const stride = 61 * 3;
    const filtered = Buffer.concat(
      Array.from({ length: 47 }, (_, y) => [
        Buffer.of(0),
        rows.subarray(y * stride, (y + 1) * stride),
      ]).flat(),
    );
    const bytes = [...deflateSync(filtered, { level: 0 })].map((byte) => chunk("IDAT", [byte]));
    expect(read(Buffer.concat([file.subarray(0, 33), ...bytes]))).toEqual(read(file));
  });

  it("a GIF with a byte in each block", async () => {
    const file = await picture().gif().toBuffer();
    const colours = 3 * (2 << (file[10] & 7));
    const start = file.indexOf(0x2c, 13 + colours) + 11;
    const bytes: number[] = [];
    for (let at = start; file[at] > 0; at += 1 + file[at]) {
      for (const byte of file.subarray(at + 1, at + 1 + file[at])) bytes.push(1, byte);
    }
    expect(bytes.length).toBeGreaterThan(1000);
    const split = Buffer.concat([file.subarray(0, start), Buffer.from([...bytes, 0, 0x3b])]);
    expect(read(split)).toEqual(read(file));
  });
});

it("a transparent grey of a PNG counts the bits that a sample has", async () => {
  const file = await picture().png().toBuffer();
  const rows = deflateSync(Buffer.alloc(47 * 9));
  const header = Buffer.from(file.subarray(16, 29));
  header[8] = 1;
  header[9] = 0;
  const png = (...value: number[]) =>
    Buffer.concat([
      file.subarray(0, 8),
      chunk("IHDR", header),
      chunk("tRNS", value),
      chunk("IDAT", rows),
    ]);
  // The other bits shall be ignored: black is transparent in both, so white shows.
  expect(read(png(0xff, 0xfe))).toEqual(read(png(0, 0)));
  expect(read(png(0, 0))[0]).toBe(255);
});
