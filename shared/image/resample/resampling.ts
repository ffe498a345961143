import type { Taps } from "./taps.ts";

/** What assembly/index.ts exports. */
export interface Kernel {
  memory: WebAssembly.Memory;
  premultiply(row: number, count: number): void;
  shrinkRow(row: number, taps: number, pairs: number, count: number, out: number): void;
  blendRows(
    ring: number,
    stride: number,
    window: number,
    first: number,
    weights: number,
    pairs: number,
    count: number,
    out: number,
  ): void;
}

/** A picture whose rows come one after the other. */
export interface Source {
  /** Pixels of a row, and the number of rows. */
  width: number;
  height: number;
  /** The picture's size in these pixels, where the last of a row or column stands for less than one. */
  extent?: { width: number; height: number };
  /** Pixels of the file that each of these is the mean of, along a side; 1 by default. */
  scale?: number;
  /** Whether every alpha is 255. */
  opaque: boolean;
}

const PAGE = 65_536;
/** What the kernel reads or writes behind the end of a part: pixels that weigh nothing. */
const SLACK = 64;

const align = (bytes: number) => (bytes + 15) & ~15;

/** [positions, the start in bytes and then pairs of weights], as the kernel reads them. */
function tapTable({ starts, pairs, weights }: Taps): Int32Array {
  const words = new Int32Array(weights.buffer);
  const table = new Int32Array(starts.length * (1 + pairs));
  starts.forEach((start, position) => {
    const row = position * (1 + pairs);
    table[row] = start * 4;
    table.set(words.subarray(position * pairs, (position + 1) * pairs), row + 1);
  });
  return table;
}

/** Grows the memory to this many bytes. */
function reserve(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
}

/**
 * One picture on its way to the network's pixels. Rows that are shrunk in width lie in a ring until the
 * last row of the frame that reads them is made.
 */
export class Resampling {
  private readonly row = 0;
  private readonly columns: number;
  private readonly rows: number;
  private readonly ring: number;
  private readonly out: number;
  private readonly stride: number;
  /** The next row of the picture, and of the frame. */
  private next = 0;
  private line = 0;

  constructor(
    private readonly kernel: Kernel,
    private readonly source: Source,
    private readonly taps: { columns: Taps; rows: Taps },
  ) {
    const table = tapTable(taps.columns);
    const { weights } = taps.rows;
    this.stride = align(this.width * 8);
    this.columns = align(source.width * 4 + taps.columns.pairs * 8 + SLACK);
    this.rows = align(this.columns + table.byteLength);
    this.ring = align(this.rows + weights.byteLength);
    this.out = this.ring + this.window * this.stride;
    reserve(kernel.memory, this.out + this.width * this.height * 3 + SLACK);
    const { buffer } = kernel.memory;
    new Int32Array(buffer, this.columns, table.length).set(table);
    new Int16Array(buffer, this.rows, weights.length).set(weights);
  }

  /** Whether it needs no more rows. */
  get done(): boolean {
    return this.line === this.height;
  }

  /** @param pixels the next row: RGBA, alpha not premultiplied */
  push(pixels: Uint8Array | Uint8ClampedArray): void {
    const { kernel, next } = this;
    this.next += 1;
    if (this.done) return;
    if (next >= this.taps.rows.starts[this.line]!) {
      const { width, opaque } = this.source;
      new Uint8Array(kernel.memory.buffer, this.row, width * 4).set(pixels);
      if (!opaque) kernel.premultiply(this.row, width);
      const slot = this.ring + (next % this.window) * this.stride;
      kernel.shrinkRow(this.row, this.columns, this.taps.columns.pairs, this.width, slot);
    }
    while (!this.done && this.next >= this.endOf(this.line)) this.blend(this.line++);
  }

  /** @param pixels all rows */
  pushAll(pixels: Uint8Array | Uint8ClampedArray): void {
    const stride = this.source.width * 4;
    for (let y = 0; y < this.source.height && !this.done; y++) {
      this.push(pixels.subarray(y * stride, (y + 1) * stride));
    }
  }

  /**
   * @returns RGB bytes, [height, width, 3] of the frame
   * @throws Error where rows are missing
   */
  finish(): Uint8Array<ArrayBuffer> {
    if (!this.done) throw new Error(`${this.source.height - this.next} rows are missing`);
    return new Uint8Array(this.kernel.memory.buffer, this.out).slice(
      0,
      this.width * this.height * 3,
    );
  }

  private get width(): number {
    return this.taps.columns.starts.length;
  }

  private get height(): number {
    return this.taps.rows.starts.length;
  }

  private get window(): number {
    return 2 * this.taps.rows.pairs;
  }

  /** How many rows of the picture must be there for a row of the frame. */
  private endOf(line: number): number {
    return Math.min(this.taps.rows.starts[line]! + this.window, this.source.height);
  }

  private blend(line: number): void {
    const { starts, pairs } = this.taps.rows;
    this.kernel.blendRows(
      this.ring,
      this.stride,
      this.window,
      starts[line]! % this.window,
      this.rows + line * pairs * 4,
      pairs,
      this.width,
      this.out + line * this.width * 3,
    );
  }
}
