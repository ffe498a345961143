import type { Instance } from "../kept.ts";

/** What assembly/index.ts exports. */
interface Exports {
  memory: WebAssembly.Memory;
  heapBase: { readonly value: number };
  inputAt: { readonly value: number };
  outputAt: { readonly value: number };
  crc32(rest: number, at: number, end: number): number;
  start(): void;
  inflate(
    input: number,
    end: number,
    final: number,
    window: number,
    output: number,
    room: number,
  ): number;
  unfilter(
    filter: number,
    source: number,
    row: number,
    above: number,
    count: number,
    step: number,
  ): void;
}

const PAGE = 65_536;
/** Bytes of a checksum's data that are in the memory together. */
const PART = 64 * 1024;

/** The kernel of PNG, with the memory that it works in. */
export class PngKernel implements Instance {
  readonly exports: Exports;

  /** @param module build/png.wasm */
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

  /** Room in the memory, for one user at a time. @returns where it begins */
  reserve(bytes: number): number {
    const at = (this.exports.heapBase.value + 15) & ~15;
    const missing = at + bytes - this.heapBytes;
    if (missing > 0) this.exports.memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  /** CRC-32 (PNG, third edition, 5.5). */
  crc32(bytes: Uint8Array): number {
    const room = this.reserve(PART);
    let rest = 0;
    for (let at = 0; at < bytes.length; at += PART) {
      const part = bytes.subarray(at, at + PART);
      this.view(room, part.length).set(part);
      rest = this.exports.crc32(rest, room, room + part.length);
    }
    return rest >>> 0;
  }
}
