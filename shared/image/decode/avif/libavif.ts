import open, { type Codec } from "@jsquash/avif/codec/dec/avif_dec.js";
import type { Instance } from "../kept.ts";
import { withLimit } from "../memoryLimit.ts";

/** A picture: RGBA bytes. */
interface Decoded {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** One instance of libavif, which @jsquash/avif has compiled with Emscripten. */
export class LibAvif implements Instance {
  private readonly codec: Codec;
  /** Bytes that the heap may grow to. */
  private limit = Infinity;

  constructor(module: WebAssembly.Module) {
    const silent = () => undefined;
    this.codec = {
      instantiateWasm: (imports, done) => {
        const { exports } = new WebAssembly.Instance(module, imports);
        done({ exports: withLimit(exports, () => this.limit) });
        return exports;
      },
      locateFile: (name) => name,
      print: silent,
      printErr: silent,
    };
    // It is open before this returns, for nothing is loaded; the promise only says so later.
    open(this.codec).catch(silent);
    if (!this.codec.decode) throw new Error("the AVIF codec does not open");
  }

  get heapBytes(): number {
    return this.codec.HEAPU8?.length ?? 0;
  }

  /**
   * @param limit bytes of memory that decoding may take: a file may say that its picture is small, and hold
   *   a large one
   * @throws Error where it does not decode
   */
  decode(file: Uint8Array, limit: number): Decoded {
    this.limit = limit;
    const decoded = this.codec.decode?.(file, 8);
    if (!decoded) throw new Error("it is cut off or damaged");
    return decoded;
  }
}
