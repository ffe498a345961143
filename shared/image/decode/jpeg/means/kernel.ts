import type { Instance } from "../../kept.ts";

/** What assembly/index.ts exports. */
interface Exports {
  memory: WebAssembly.Memory;
  heapBase: { readonly value: number };
  tableBytes: { readonly value: number };
  makeTable(table: number, codes: number, isFirst: number): void;
  read(scan: number): void;
}

const PAGE = 65_536;

/** The kernel that reads a JPEG's scans, with the memory that it works in. */
export class MeansKernel implements Instance {
  readonly exports: Exports;
  private next = 0;

  /** @param module build/means.wasm */
  constructor(module: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(module);
    this.exports = exports as WebAssembly.Exports & Exports;
  }

  get heapBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** Frees the memory for the next picture. */
  clear(): void {
    this.next = this.exports.heapBase.value;
  }

  /** Room in the memory, of zeros. @returns where it begins, a multiple of 8 */
  reserve(bytes: number): number {
    const at = (this.next + 7) & ~7;
    this.next = at + bytes;
    const missing = this.next - this.heapBytes;
    if (missing > 0) this.exports.memory.grow(Math.ceil(missing / PAGE));
    this.view(at, bytes).fill(0);
    return at;
  }

  /** Room that is free again when the work is done. */
  withRoom(bytes: number, work: (at: number) => void): void {
    const next = this.next;
    work(this.reserve(bytes));
    this.next = next;
  }

  /** Reads a scan. @param fields of the scan and of its components, as assembly/index.ts has them */
  read(fields: readonly number[]): void {
    this.withRoom(fields.length * 4, (at) => {
      new Uint32Array(this.exports.memory.buffer, at, fields.length).set(fields);
      this.exports.read(at);
    });
  }

  /** Bytes of the memory, until it grows. */
  view(at: number, count: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, at, count);
  }
}
