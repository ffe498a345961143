import { type Allocator, openCwasm, withMemory } from "../cwasm.ts";
import { lengthOf } from "../joined.ts";
import type { Instance } from "../kept.ts";

/** Functions and constants of libjpeg-turbo's turbojpeg.h. */
interface Exports extends Allocator {
  tjInitDecompress(): number;
  tjDestroy(handle: number): number;
  tjDecompress2(
    handle: number,
    jpeg: number,
    bytes: number,
    out: number,
    width: number,
    pitch: number,
    height: number,
    format: number,
    flags: number,
  ): number;
}

const TJPF_RGBX = 2;
const TJPF_CMYK = 11;

/** What is decoded of a JPEG: the parts of its file that matter, one after the other, and the size wanted. */
export interface Request {
  parts: readonly Uint8Array[];
  /** Its own size divided by 1, 2, 4 or 8 and rounded up. */
  width: number;
  height: number;
  cmyk: boolean;
}

/** One instance of libjpeg-turbo. */
export class Turbo implements Instance {
  private readonly codec: Exports;

  constructor(module: WebAssembly.Module) {
    this.codec = openCwasm(module);
  }

  get heapBytes(): number {
    return this.codec.memory.buffer.byteLength;
  }

  /**
   * Its warnings are not asked for: the parts are known to be whole, and of entropy-coded data that is
   * damaged decoders make what they can.
   *
   * @param read gets [height, width, 4] bytes: RGB and 255, or the four inks as stored; they are not to be kept
   * @throws Error where it does not decode
   */
  decode<R>({ parts, width, height, cmyk }: Request, read: (pixels: Uint8Array) => R): R {
    const { codec } = this;
    const bytes = lengthOf(parts);
    const stride = width * 4;
    return withMemory(codec, stride * height, (out) => {
      // A damaged picture may not reach all rows, and these must not show an earlier picture.
      new Uint8Array(codec.memory.buffer, out, stride * height).fill(255);
      withMemory(codec, bytes, (jpeg) => {
        let at = jpeg;
        for (const part of parts) {
          new Uint8Array(codec.memory.buffer, at).set(part);
          at += part.length;
        }
        const handle = codec.tjInitDecompress();
        const format = cmyk ? TJPF_CMYK : TJPF_RGBX;
        codec.tjDecompress2(handle, jpeg, bytes, out, width, stride, height, format, 0);
        codec.tjDestroy(handle);
      });
      return read(new Uint8Array(codec.memory.buffer, out, stride * height));
    });
  }
}
