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
 * @returns a function that throws where the bytes do not decode
 */
export function decoder(open: () => Promise<Codec>): (bytes: Uint8Array) => Promise<Bitmap> {
  let opened: Promise<Codec> | undefined;
  return async (bytes) => {
    opened ??= open();
    const codec = await opened;
    let bitmap: Bitmap | null = null;
    try {
      bitmap = codec.decode(bytes);
    } finally {
      if (bitmap === null || codec.heapBytes() > HEAP_LIMIT) opened = undefined;
    }
    if (bitmap === null) throw new Error("the codec gave no image");
    return bitmap;
  };
}
