import sharp, { type Sharp } from "sharp";
import { each } from "../../../oracles/numbers.ts";

/** A picture with smooth colours and sharp edges, [height, width, 3]. */
function paint(width: number, height: number): Buffer {
  return Buffer.from(
    each(height).flatMap((y) =>
      each(width).flatMap((x) => {
        const inside = (x - width / 3) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2;
        return [(x * 255) / width, inside ? 220 : 40, (y * 255) / height].map(Math.round);
      }),
    ),
  );
}

/** A picture for sharp to encode. */
export const picture = (width = 61, height = 47): Sharp =>
  sharp(paint(width, height), { raw: { width, height, channels: 3 } });

/** RGB over white, as sharp decodes a file, without its profile and its orientation. */
export async function decodeBySharp(file: Uint8Array, upright = false): Promise<Uint8Array> {
  const image = sharp(file, { ignoreIcc: true, autoOrient: upright });
  const flat = image.toColourspace("srgb").flatten({ background: "#fff" });
  return flat.raw({ depth: "uchar" }).toBuffer();
}

/** The largest difference of two pictures, in levels. */
export const worst = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - b[i])),
    a.length === b.length ? 0 : 999,
  );

/** The mean absolute difference of two pictures, in levels. */
export const mean = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;

export const joined = (...parts: (Uint8Array | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** Where a JPEG's marker stands. */
export function findMarker(jpeg: Uint8Array, marker: number): number {
  const at = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === marker);
  if (at < 0) throw new Error("there is no such marker");
  return at;
}

/** A PNG's chunk with whatever checksum. */
export function pngChunk(type: string, data: Uint8Array | number[], checksum = 0): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(checksum);
  return joined(length, Buffer.from(type, "latin1"), data, sum);
}

/** A PNG with more chunks behind its header. */
export const withChunks = (png: Uint8Array, ...chunks: Uint8Array[]): Uint8Array =>
  joined(png.subarray(0, 33), ...chunks, png.subarray(33));
