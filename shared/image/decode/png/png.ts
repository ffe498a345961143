import type { Resampler } from "../../resample/resampler.ts";
import type { Format } from "../format.ts";
import type { Frame } from "../../frame.ts";
import { inflate } from "../inflate.ts";
import { type PngHeader, readPngHeader } from "./header.ts";
import { isOpaque, toRgba } from "./rgba.ts";
import { Rows } from "./rows.ts";
import { spaceOfPng } from "./space.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Bytes of row buffers to a pixel of the picture's width. */
const ROWS = 24;

/** Rows of one pass go straight into the resampler; an interlaced picture needs its bitmap. */
function decode(header: PngHeader, resampler: Resampler, frame: Frame) {
  header.check();
  const { width, height, interlaced } = header;
  const resampling = resampler.start({ width, height, opaque: isOpaque(header) }, frame);
  const convert = toRgba(header);
  const bitmap = interlaced ? new Uint32Array(width * height) : null;
  const pixels = new Uint32Array(width);
  const rgba = new Uint8Array(pixels.buffer);
  const rows = new Rows(header, (row, y, { left, top, right, down, columns }) => {
    convert(row, rgba.subarray(0, columns * 4));
    if (!bitmap) {
      resampling.push(rgba);
      return resampling.done;
    }
    const start = (top + y * down) * width + left;
    for (let x = 0; x < columns; x++) bitmap[start + x * right] = pixels[x]!;
    return false;
  });
  inflate(header.data, (part) => rows.push(part));
  if (bitmap) resampling.pushAll(new Uint8Array(bitmap.buffer));
  return resampling.finish();
}

/** PNG (third edition). */
export const png: Format = {
  name: "PNG",
  matches: (bytes) => SIGNATURE.every((byte, i) => bytes[i] === byte),
  read(bytes) {
    const header = readPngHeader(bytes);
    const { width, height, orientation } = header;
    return {
      width,
      height,
      orientation,
      space: () => spaceOfPng(header),
      scales: [1],
      cost: () => width * ROWS + (header.interlaced ? width * height * 4 : 0),
      decode: ({ resampler }, frame) => resampler.use((kept) => decode(header, kept, frame)),
    };
  },
};
