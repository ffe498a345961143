import { type KernelExports, KernelMemory } from "../../kernelMemory.ts";

/** What assembly/index.ts exports. */
interface Exports extends KernelExports {
  tableBytes: { readonly value: number };
  makeTable(table: number, codes: number, isFirst: number): void;
  read(scan: number): void;
}

/** The kernel that reads a JPEG's scans: build/means.wasm. */
export class MeansKernel extends KernelMemory<Exports> {
  private next = 0;

  /** Frees the memory for the next picture. */
  clear(): void {
    this.next = this.exports.heapBase.value;
  }

  /** Room in the memory, of zeros. @returns where it begins, a multiple of 8 */
  reserve(bytes: number): number {
    const at = (this.next + 7) & ~7;
    this.next = at + bytes;
    this.growTo(this.next);
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
}
