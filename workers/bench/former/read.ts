import type { Decode } from "./codec.ts";
import { decodeJpeg, decodeWebp } from "./emscripten.ts";
import { decodePng } from "./png.ts";
import { toPixels } from "./toPixels.ts";

/** Decoders by the first byte of the files that they decode. */
const DECODERS: Record<number, Decode> = { 0xff: decodeJpeg, 0x89: decodePng, 0x52: decodeWebp };

/**
 * The network's pixels of an image as the API Worker made them up to November 2026: @jsquash decodes all of
 * it, and JavaScript shrinks it. It remains as the measure of what shared/image gains.
 *
 * @param bytes a JPEG, PNG or WebP
 * @returns RGB bytes, [side, side, 3]
 */
export async function readFormerly(bytes: Uint8Array, side: number): Promise<Uint8Array> {
  const decode = DECODERS[bytes[0] ?? 0];
  if (!decode) throw new Error("the image is not a JPEG, PNG or WebP");
  return decode(bytes, (bitmap) => toPixels(bitmap, side));
}
