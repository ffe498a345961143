import type { PngHeader } from "./header.ts";
import { type Pass, passesOf } from "./passes.ts";
import { unfilter } from "./unfilter.ts";

/** Cuts inflated data of any length into rows and undoes their filters. */
export class Rows {
  private readonly passes: Pass[];
  private readonly bits: number;
  /** Bytes from a sample to the same one of the pixel to its left. */
  private readonly step: number;
  private pass = 0;
  private y = 0;
  private row!: Uint8Array;
  private above!: Uint8Array;
  private filter = 0;
  /** Bytes of the row that are there; -1 where its filter is missing. */
  private filled = -1;

  /** @param each gets the pixels of each row, not to be kept; says whether it has enough */
  constructor(
    header: PngHeader,
    private readonly each: (row: Uint8Array, y: number, pass: Pass) => boolean,
  ) {
    this.passes = passesOf(header);
    this.bits = header.depth * header.samples;
    this.step = Math.ceil(this.bits / 8);
    this.startPass();
  }

  /**
   * @returns whether no more is needed
   * @throws Error where a row has no known filter
   */
  push(part: Uint8Array): boolean {
    let at = 0;
    while (at < part.length) {
      if (this.filled < 0) {
        this.filter = part[at++]!;
        this.filled = 0;
      }
      const count = Math.min(this.row.length - this.filled, part.length - at);
      this.row.set(part.subarray(at, at + count), this.filled);
      this.filled += count;
      at += count;
      if (this.filled === this.row.length && this.endRow()) return true;
    }
    return false;
  }

  private startPass(): void {
    const bytes = Math.ceil((this.passes[this.pass]!.columns * this.bits) / 8);
    this.row = new Uint8Array(bytes);
    this.above = new Uint8Array(bytes);
    this.y = 0;
  }

  private endRow(): boolean {
    const pass = this.passes[this.pass]!;
    unfilter(this.filter, this.row, this.above, this.step);
    if (this.each(this.row, this.y++, pass)) return true;
    [this.row, this.above] = [this.above, this.row];
    this.filled = -1;
    if (this.y < pass.rows) return false;
    this.pass += 1;
    if (this.pass === this.passes.length) return true;
    this.startPass();
    return false;
  }
}
