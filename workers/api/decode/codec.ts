import type { Bitmap } from "../../../shared/image.ts";

/** One instance of a codec's wasm. */
export interface Codec {
  /** @returns null, or throws, where the bytes do not decode */
  decode(bytes: Uint8Array): Bitmap | null;
  heapBytes(): number;
}

/** A larger heap is given back: it never shrinks, and a progressive 8-megapixel JPEG takes 77 MiB. */
const HEAP_LIMIT = 24 * 2 ** 20;

/**
 * A decoder that makes its codec at the first image and keeps it. A codec that failed is dropped
 * too: it leaves its memory allocated, so that broken images would fill the isolate.
 *
 * @returns a function that gives null where the bytes do not decode
 */
export function decoder(open: () => Promise<Codec>): (bytes: Uint8Array) => Promise<Bitmap | null> {
  let opened: Codec | undefined;
  return async (bytes) => {
    const codec = opened ?? (await open());
    opened = codec;
    let bitmap: Bitmap | null = null;
    try {
      bitmap = codec.decode(bytes);
    } catch {
      // Thrown by the codec's exit, abort or trap, none of which says more than null does.
    }
    if (bitmap === null || codec.heapBytes() > HEAP_LIMIT) opened = undefined;
    return bitmap;
  };
}
