import { type KernelExports, KernelMemory } from "../kernelMemory.ts";

/** What assembly/index.ts exports. */
interface Exports extends KernelExports {
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

/** Bytes of a checksum's data that are in the memory together. */
const PART = 64 * 1024;

/** The kernel of PNG: build/png.wasm. */
export class PngKernel extends KernelMemory<Exports> {
  /** Room in the memory, for one user at a time. @returns where it begins */
  reserve(bytes: number): number {
    const at = (this.exports.heapBase.value + 15) & ~15;
    this.growTo(at + bytes);
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
