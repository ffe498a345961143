import type { PngKernel } from "./kernel.ts";

/** What the kernel says (assembly/inflate.ts). */
const ROOM = 1;
const DONE = 2;
const DAMAGED = 3;

/** Compressed bytes in the kernel's memory, and the zeros that it may read behind the last. */
const INPUT_BYTES = 64 * 1024;
const INPUT_SLACK = 2048;
/** How far back DEFLATE refers. */
const WINDOW = 32 * 1024;
/** Bytes that are inflated together at least, and what the kernel may write behind them. */
const STEP = 64 * 1024;
const OUTPUT_SLACK = 512;

/** Inflated zlib data (RFC 1950), of which parts are taken one after the other. */
export class Inflated {
  /** Bytes of the kernel's memory, for parts of at most so many bytes. */
  static roomFor(most: number): number {
    return INPUT_BYTES + INPUT_SLACK + WINDOW + most + STEP + OUTPUT_SLACK;
  }

  /** The part and the place in it that are read next. */
  private part = 0;
  private offset = 0;
  private input: number;
  private inputEnd: number;
  private readonly output: number;
  private readonly room: number;
  /** Where bytes begin that were not taken, and where they end. */
  private next: number;
  private end: number;
  /** Why nothing comes behind that. */
  private fault: string | null = null;

  /**
   * @param parts the compressed data
   * @param at memory of the kernel
   * @param most bytes that are taken together
   */
  constructor(
    private readonly kernel: PngKernel,
    private readonly parts: readonly Uint8Array[],
    private readonly at: number,
    most: number,
  ) {
    this.input = this.inputEnd = at;
    this.output = this.next = this.end = at + INPUT_BYTES + INPUT_SLACK;
    this.room = this.output + WINDOW + most + STEP;
    kernel.exports.start();
  }

  /**
   * Takes the next bytes.
   *
   * @returns where they lie in the kernel's memory, until others are taken
   * @throws Error where the data are damaged or end before that
   */
  take(bytes: number): number {
    while (this.end - this.next < bytes) {
      if (this.fault) throw new Error(this.fault);
      this.inflate();
    }
    const at = this.next;
    this.next += bytes;
    return at;
  }

  private inflate(): void {
    const { exports } = this.kernel;
    const final = this.fill();
    const { input, inputEnd, output, end, room } = this;
    const status = exports.inflate(input, inputEnd, Number(final), output, end, room);
    this.input = exports.inputAt.value;
    this.end = exports.outputAt.value;
    if (status === ROOM) this.slide();
    else if (status === DAMAGED) this.fault = "it is damaged";
    else if (status === DONE || final) this.fault = "it is cut off";
  }

  /** Keeps what was not taken, and what later data may refer to. */
  private slide(): void {
    const kept = Math.max(this.output, Math.min(this.next, this.end - WINDOW));
    this.kernel.view(0, this.end).copyWithin(this.output, kept, this.end);
    this.next -= kept - this.output;
    this.end -= kept - this.output;
  }

  /** Moves unread input to the front and reads more. @returns whether that was the last */
  private fill(): boolean {
    const memory = this.kernel.view(0, this.output);
    memory.copyWithin(this.at, this.input, this.inputEnd);
    this.inputEnd -= this.input - this.at;
    this.input = this.at;
    const limit = this.at + INPUT_BYTES;
    for (let part = this.parts[this.part]; part; part = this.parts[this.part]) {
      const piece = part.subarray(this.offset, this.offset + limit - this.inputEnd);
      memory.set(piece, this.inputEnd);
      this.inputEnd += piece.length;
      this.offset += piece.length;
      if (this.offset < part.length) return false;
      this.part += 1;
      this.offset = 0;
    }
    memory.fill(0, this.inputEnd);
    return true;
  }
}
