/** A part of a file of the ISO base media file format (ISO/IEC 14496-12, 4.2). */
export interface Box {
  type: string;
  data: Uint8Array;
  /** Where it begins in the bytes that it is read from. */
  start: number;
}

/** Reads big-endian numbers and text one after the other. */
export class Reader {
  private at = 0;

  constructor(private readonly all: Uint8Array) {}

  /** @throws Error where the bytes end before that */
  uint(count: number): number {
    let value = 0;
    for (const byte of this.bytes(count)) value = value * 256 + byte;
    return value;
  }

  /** @throws Error where the bytes end before that */
  text(count: number): string {
    return String.fromCharCode(...this.bytes(count));
  }

  get rest(): Uint8Array {
    return this.all.subarray(this.at);
  }

  /** @throws Error where the bytes end before that */
  bytes(count: number): Uint8Array {
    if (this.at + count > this.all.length) throw new Error("it is cut off");
    this.at += count;
    return this.all.subarray(this.at - count, this.at);
  }
}

/** The boxes in a file or in another box. The last may be cut off. */
export function* readBoxes(bytes: Uint8Array): Generator<Box> {
  let rest = bytes;
  while (rest.length >= 8) {
    const reader = new Reader(rest);
    const short = reader.uint(4);
    const type = reader.text(4);
    const size = short === 1 ? reader.uint(8) : short;
    const head = rest.length - reader.rest.length;
    // A box of size 0 goes on to the end.
    const end = size === 0 ? rest.length : size;
    if (end < head) throw new Error("its boxes are damaged");
    yield { type, data: rest.subarray(head, end), start: bytes.length - rest.length };
    rest = rest.subarray(end);
  }
}
