import type { Bitmap } from "../../../shared/image.ts";

/** Makes something of a bitmap, whose memory is the codec's and not to be kept. */
export type Reader<T> = (bitmap: Bitmap) => T;

/** One instance of a codec's wasm. */
export interface Codec {
  /** @returns null, or throws, where the bytes do not decode */
  decode<T>(bytes: Uint8Array, read: Reader<T>): T | null;
  heapBytes(): number;
}

/** A larger heap is given back: it never shrinks, and a progressive 8-megapixel JPEG takes 77 MiB. */
const HEAP_LIMIT = 24 * 2 ** 20;

/** @returns what `read` makes of the image, null where the bytes do not decode */
export type Decode = <T>(bytes: Uint8Array, read: Reader<T>) => Promise<T | null>;

/**
 * A decoder that makes its codec at the first image and keeps it. A codec that failed is dropped
 * too: it leaves its memory allocated, so that broken images would fill the isolate.
 */
export function decoder(open: () => Promise<Codec>): Decode {
  let opened: Codec | undefined;
  return async <T>(bytes: Uint8Array, read: Reader<T>) => {
    const codec = opened ?? (await open());
    opened = codec;
    let result: T | null = null;
    try {
      result = codec.decode(bytes, read);
    } catch {
      // Thrown by the codec's exit, abort or trap, none of which says more than null does.
    }
    if (result === null || codec.heapBytes() > HEAP_LIMIT) opened = undefined;
    return result;
  };
}
