import type { Resampler } from "../../resample/resampler.ts";
import type { Format } from "../format.ts";
import type { Frame } from "../../frame.ts";
import { type PngHeader, readPngHeader } from "./header.ts";
import type { PngKernel } from "./kernel.ts";
import { isOpaque, toRgba } from "./rgba.ts";
import { readRows } from "./rows.ts";
import { spaceOfPng } from "./space.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Bytes of row buffers to a pixel of the picture's width. */
const ROWS = 32;
/** Bytes of the kernel's memory beside its rows. */
const KERNEL = 256 * 1024;

/** Rows of one pass go straight into the resampler; an interlaced picture needs its bitmap. */
function decode(header: PngHeader, kernel: PngKernel, resampler: Resampler, frame: Frame) {
  header.check(kernel);
  const { width, height, interlaced } = header;
  const resampling = resampler.start({ width, height, opaque: isOpaque(header) }, frame);
  const convert = toRgba(header);
  const bitmap = interlaced ? new Uint32Array(width * height) : null;
  const pixels = new Uint32Array(width);
  const rgba = new Uint8Array(pixels.buffer);
  for (const { at, bytes, pass, y } of readRows(kernel, header)) {
    const { left, top, right, down, columns } = pass;
    convert(kernel.view(at, bytes), rgba.subarray(0, columns * 4));
    if (bitmap) {
      const start = (top + y * down) * width + left;
      for (let x = 0; x < columns; x++) bitmap[start + x * right] = pixels[x]!;
    } else {
      resampling.push(rgba);
      if (resampling.done) break;
    }
  }
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
      ...{ width, height, orientation, scales: [1] },
      space: (tools) => tools.png.use((kernel) => spaceOfPng(header, kernel)),
      cost: () => KERNEL + width * ROWS + (header.interlaced ? width * height * 4 : 0),
      decode: (tools, frame) =>
        tools.png.use((kernel) =>
          tools.resampler.use((resampler) => decode(header, kernel, resampler, frame)),
        ),
    };
  },
};
