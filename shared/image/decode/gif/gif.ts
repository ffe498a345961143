import type { Frame } from "../../frame.ts";
import type { Resampler } from "../../resample/resampler.ts";
import type { Format } from "../format.ts";
import { type GifPicture, readGif } from "./blocks.ts";
import { decompress } from "./lzw.ts";

/** Bytes of row buffers to a pixel of the picture's width. */
const ROWS = 16;

/** First row and step of each pass over an interlaced picture (GIF89a, appendix E). */
const PASSES = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
] as const;

/** The place of each row in the data. */
function rowOrder({ rows, interlaced }: GifPicture): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  if (!interlaced) return order;
  let at = 0;
  for (const [first, step] of PASSES) {
    for (let row = first; row < rows; row += step) order[row] = at++;
  }
  return order;
}

/** [RGBA] of each index, as one word each. */
function colours({ palette, transparent }: GifPicture): Uint32Array {
  const table = new Uint8Array(4 * 256);
  for (let index = 0; index < palette.length / 3; index++) {
    table.set(palette.subarray(index * 3, index * 3 + 3), index * 4);
    table[index * 4 + 3] = 255;
  }
  if (transparent >= 0) table.fill(0, transparent * 4, transparent * 4 + 4);
  return new Uint32Array(table.buffer);
}

/** Canvas that the picture does not cover is transparent. */
function decode(picture: GifPicture, resampler: Resampler, frame: Frame) {
  const { width, height, columns, rows, left, top } = picture;
  const indexes = new Uint8Array(columns * rows);
  decompress(picture.data, picture.bits, indexes);
  const order = rowOrder(picture);
  const table = colours(picture);
  const resampling = resampler.start({ width, height, opaque: false }, frame);
  const pixels = new Uint32Array(width);
  for (let y = 0; y < height && !resampling.done; y++) {
    pixels.fill(0);
    const row = y - top;
    if (row >= 0 && row < rows) {
      const start = order[row]! * columns;
      const end = Math.min(columns, width - left);
      for (let x = 0; x < end; x++) pixels[left + x] = table[indexes[start + x]!]!;
    }
    resampling.push(new Uint8Array(pixels.buffer));
  }
  return resampling.finish();
}

/** GIF (89a specification); of an animation the first picture. */
export const gif: Format = {
  name: "GIF",
  matches: (bytes) => /^GIF8[79]a$/.test(String.fromCharCode(...bytes.subarray(0, 6))),
  read(bytes) {
    const picture = readGif(bytes);
    const { width, height, columns, rows, data } = picture;
    return {
      ...{ width, height, orientation: 1, space: () => null, scales: [1] },
      cost: () => data.length + columns * rows + width * ROWS,
      decode: ({ resampler }, frame) => resampler.use((kept) => decode(picture, kept, frame)),
    };
  },
};
