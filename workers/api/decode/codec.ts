import type { Bitmap } from "../../../shared/image.ts";

/** Computes a result from a bitmap. The codec owns the bitmap's memory, so the result must not refer to it. */
export type Reader<T> = (bitmap: Bitmap) => T;

/** One instance of a codec's wasm. */
export interface Codec {
  /** Returns null or throws if the bytes do not decode. */
  decode<T>(bytes: Uint8Array, read: Reader<T>): T | null;
  heapBytes(): number;
}

/** Heaps never shrink, and a progressive 8-megapixel JPEG takes 77 MiB, so a codec with a larger heap is dropped. */
const HEAP_LIMIT = 24 * 2 ** 20;

/** Decodes an image. @returns the result of `read`, or null if the bytes do not decode */
export type Decode = <T>(bytes: Uint8Array, read: Reader<T>) => Promise<T | null>;

/**
 * Makes a decoder that opens its codec for the first image and keeps it. A codec that failed is dropped: it
 * leaves its memory allocated, so broken images would fill the isolate.
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
      // The codec exited, aborted or trapped. None of these errors says more than null does.
    }
    if (result === null || codec.heapBytes() > HEAP_LIMIT) opened = undefined;
    return result;
  };
}
