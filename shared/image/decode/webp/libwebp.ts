import { type Allocator, openCwasm, withMemory } from "../cwasm.ts";
import type { Instance } from "../kept.ts";

/** Functions of libwebp's decode.h. */
interface Exports extends Allocator {
  WebPDecodeRGBA(data: number, bytes: number, width: number, height: number): number;
}

/** One instance of libwebp. */
export class LibWebp implements Instance {
  private readonly codec: Exports;

  constructor(module: WebAssembly.Module) {
    this.codec = openCwasm(module);
  }

  get heapBytes(): number {
    return this.codec.memory.buffer.byteLength;
  }

  /**
   * @param read gets RGBA bytes, not to be kept
   * @throws Error where it does not decode
   */
  decode<R>(
    file: Uint8Array,
    size: { width: number; height: number },
    read: (pixels: Uint8Array) => R,
  ): R {
    const { codec } = this;
    const bytes = size.width * size.height * 4;
    const pixels = withMemory(codec, file.length + 8, (at) => {
      new Uint8Array(codec.memory.buffer).set(file, at + 8);
      return codec.WebPDecodeRGBA(at + 8, file.length, at, at + 4) >>> 0;
    });
    if (pixels === 0) throw new Error("it is cut off or damaged");
    const result = read(new Uint8Array(codec.memory.buffer, pixels, bytes));
    codec.free(pixels);
    return result;
  }
}
