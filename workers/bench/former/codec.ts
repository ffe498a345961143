import type { Bitmap } from "./toPixels.ts";

/** Makes something of a bitmap, whose memory is the codec's and not to be kept. */
export type Reader<T> = (bitmap: Bitmap) => T;

/** One instance of a codec's WebAssembly. */
export interface Codec {
  /** @returns null if the bytes do not decode */
  decode<T>(bytes: Uint8Array, read: Reader<T>): T | null;
  heapBytes(): number;
}

/** A larger heap is given back, because it never shrinks. */
const HEAP_LIMIT = 24 * 2 ** 20;

export type Decode = <T>(bytes: Uint8Array, read: Reader<T>) => Promise<T>;

/** A decoder that makes its codec at the first image and keeps it. */
export function decoder(open: () => Promise<Codec>): Decode {
  let opened: Codec | undefined;
  return async <T>(bytes: Uint8Array, read: Reader<T>) => {
    const codec = opened ?? (await open());
    const result = codec.decode(bytes, read);
    opened = codec.heapBytes() > HEAP_LIMIT ? undefined : codec;
    if (result === null) throw new Error("the image does not decode");
    return result;
  };
}
