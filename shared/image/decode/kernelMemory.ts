import type { Instance } from "./kept.ts";

/** What the kernels of decoders export beside their functions. */
export interface KernelExports {
  memory: WebAssembly.Memory;
  /** Where memory begins that the kernel leaves to its caller. */
  heapBase: { readonly value: number };
}

const PAGE = 65_536;

/** An instance of a kernel, with the memory that it works in. */
export class KernelMemory<Exports extends KernelExports> implements Instance {
  readonly exports: Exports;

  constructor(module: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(module);
    this.exports = exports as WebAssembly.Exports & Exports;
  }

  get heapBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** Bytes of the memory, until it grows. */
  view(at: number, count: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, at, count);
  }

  /** Makes the memory reach to `end`. */
  protected growTo(end: number): void {
    const missing = end - this.heapBytes;
    if (missing > 0) this.exports.memory.grow(Math.ceil(missing / PAGE));
  }
}
