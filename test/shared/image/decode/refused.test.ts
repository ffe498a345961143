import { describe, expect, it } from "vitest";
import { openReader } from "../../../../trainer/data/decode/reader.ts";
import { picture } from "./files.ts";

const reader = openReader();
const messageOf = (file: Uint8Array): unknown => {
  try {
    return reader.read(file, { width: 8, height: 8 });
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
};

const SEND = "send a JPEG, PNG, WebP, AVIF, HEIC or GIF";

/** A file of the ISO base media format: its brands, and nothing else. */
function ftyp(...brands: string[]): Buffer {
  const [major, ...others] = brands;
  const text = `ftyp${major}\0\0\0\0${others.join("")}`;
  const size = Buffer.alloc(4);
  size.writeUInt32BE(4 + text.length);
  return Buffer.concat([size, Buffer.from(text, "latin1")]);
}

const bmp = () => {
  const file = Buffer.alloc(60);
  file.write("BM");
  file[14] = 40;
  return file;
};

describe("says what a file is that is not read", () => {
  it.each<[string, Uint8Array | string]>([
    ["a BMP", bmp()],
    ["an SVG", '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ["an SVG", '\ufeff<?xml version="1.0"?>\n<!-- by hand -->\n<svg width="1"></svg>'],
    ["a PDF", "%PDF-1.7\n"],
    ["a JPEG XL", Uint8Array.of(0xff, 0x0a, 1, 2)],
    ["a JPEG XL", Buffer.from("\0\0\0\x0cJXL \r\n\x87\n", "latin1")],
    ["a JPEG 2000", Buffer.from("\0\0\0\x0cjP  \r\n\x87\n", "latin1")],
    ["a JPEG 2000", Uint8Array.of(0xff, 0x4f, 0xff, 0x51)],
    ["a TIFF", Buffer.from("MM\0*\0\0\0\x08", "latin1")],
  ])("%s", (name, file) => {
    const bytes = typeof file === "string" ? Buffer.from(file) : file;
    expect(messageOf(bytes)).toBe(`is ${name}, which is not supported: ${SEND}`);
  });

  it("a TIFF as an encoder writes it", async () => {
    const file = await picture().tiff().toBuffer();
    expect(messageOf(file)).toBe(`is a TIFF, which is not supported: ${SEND}`);
  });

  it.each([
    ["heic", "mif1", "heic"],
    ["heix", "mif1"],
    ["mif1", "heic"],
    ["msf1", "hevc"],
  ])("a HEIC without a still picture: %s", (...brands) => {
    const reason = "it holds no still picture, or is cut off";
    expect(messageOf(ftyp(...brands))).toBe(`is a HEIC that does not decode: ${reason}`);
  });

  it("a HEIC that says so only at its picture", async () => {
    const file = await picture().avif({ effort: 0 }).toBuffer();
    const other = Buffer.from(
      file.toString("latin1").replaceAll("av01", "hvc1").replaceAll("avif", "mif1"),
      "latin1",
    );
    expect(messageOf(other)).toMatch(/^is a HEIC/);
  });

  it.each(["BMW, a car", "<p>an <svg/> in a page</p>", "MMXX", "ftyp", "%PD"])(
    "but not: %s",
    (text) => {
      expect(messageOf(Buffer.from(text))).toBe("is not a JPEG, PNG, WebP, AVIF, HEIC or GIF");
    },
  );
});
