import { GREY, INDEXED, type PngHeader, RGB } from "./header.ts";

/** Makes RGBA of the pixels of one row. */
export type ToRgba = (row: Uint8Array, out: Uint8Array) => void;

/** A sample of less than 8 bits. */
const bits = (row: Uint8Array, index: number, depth: number) => {
  const bit = index * depth;
  return (row[bit >> 3]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
};

/** [RGBA] of each value that one sample of at most 8 bits can have. */
function colours({ colour, depth, palette, transparency }: PngHeader): Uint8Array {
  const table = new Uint8Array(4 << depth).fill(255);
  // Of the 16 bits that tRNS has, those of a sample count.
  const transparent =
    transparency && colour === GREY ? (transparency[1] ?? 0) & ((1 << depth) - 1) : undefined;
  for (let value = 0; value < 1 << depth; value++) {
    const grey = (value * 255) / ((1 << depth) - 1);
    for (let channel = 0; channel < 3; channel++) {
      table[value * 4 + channel] = colour === GREY ? grey : (palette[value * 3 + channel] ?? 0);
    }
    if (colour === GREY) table[value * 4 + 3] = value === transparent ? 0 : 255;
    else table[value * 4 + 3] = transparency?.[value] ?? 255;
  }
  return table;
}

function fromTable(header: PngHeader): ToRgba {
  const { depth } = header;
  const table = new Uint32Array(colours(header).buffer);
  return (row, out) => {
    const pixels = new Uint32Array(out.buffer, out.byteOffset, out.length / 4);
    for (let x = 0; x < pixels.length; x++) {
      pixels[x] = table[depth === 8 ? row[x]! : bits(row, x, depth)]!;
    }
  };
}

/** Keeps the upper 8 of 16 bits, after comparing the whole sample with the transparent colour. */
function fromSamples({ depth, samples, transparency }: PngHeader): ToRgba {
  const bytes = depth / 8;
  const step = samples * bytes;
  const colourful = samples > 2;
  const hasAlpha = samples === 2 || samples === 4;
  const isTransparent = (row: Uint8Array, at: number) => {
    if (!transparency || hasAlpha) return false;
    for (let i = 0; i < step; i++) {
      // tRNS has 16 bits a sample at any depth.
      const expected = transparency[bytes === 2 ? i : 2 * i + 1];
      if (row[at + i] !== expected) return false;
    }
    return true;
  };
  return (row, out) => {
    for (let at = 0, to = 0; to < out.length; at += step, to += 4) {
      out[to] = row[at]!;
      out[to + 1] = row[colourful ? at + bytes : at]!;
      out[to + 2] = row[colourful ? at + 2 * bytes : at]!;
      if (hasAlpha) out[to + 3] = row[at + step - bytes]!;
      else out[to + 3] = isTransparent(row, at) ? 0 : 255;
    }
  };
}

/** How rows of this PNG become RGBA. */
export function toRgba(header: PngHeader): ToRgba {
  const { colour, depth } = header;
  return depth <= 8 && (colour === GREY || colour === INDEXED)
    ? fromTable(header)
    : fromSamples(header);
}

/** Whether every alpha is 255. */
export const isOpaque = ({ colour, transparency }: PngHeader): boolean =>
  !transparency && (colour === GREY || colour === RGB || colour === INDEXED);
