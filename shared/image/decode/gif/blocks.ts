/** The first picture of a GIF (GIF89a specification), and the canvas that it lies on. */
export interface GifPicture {
  /** Of the canvas. */
  width: number;
  height: number;
  /** Of the picture, and where it lies on the canvas. */
  columns: number;
  rows: number;
  left: number;
  top: number;
  interlaced: boolean;
  /** RGB of each index. */
  palette: Uint8Array;
  /** The index that is transparent; -1 for none. */
  transparent: number;
  /** Bits of an index. */
  bits: number;
  /** The compressed indexes. */
  data: Uint8Array;
}

const EXTENSION = 0x21;
const PICTURE = 0x2c;
const GRAPHIC_CONTROL = 0xf9;

/** Codes of up to 12 bits leave 11 to indexes, of which no palette names more than 256. */
const MOST_BITS = 11;

/** Greys from black to white: the specification leaves it to the reader what a picture without a palette shows. */
function greys(bits: number): Uint8Array {
  const last = Math.min(256, 1 << bits) - 1;
  return Uint8Array.from({ length: 3 * (last + 1) }, (_, i) => (255 * Math.floor(i / 3)) / last);
}

const cutOff = () => new Error("it is cut off");

/** Reads values in their order. @throws Error where the file ends */
class Reader {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    return this.bytes[this.skip(1)]!;
  }

  uint16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  take(count: number): Uint8Array {
    const start = this.skip(count);
    return this.bytes.subarray(start, start + count);
  }

  /** @returns where it stood */
  private skip(count: number): number {
    const start = this.at;
    if (start + count > this.bytes.length) throw cutOff();
    this.at += count;
    return start;
  }

  /** Blocks that each begin with their length, up to one of length 0, put together. */
  subBlocks(): Uint8Array {
    const start = this.at;
    let total = 0;
    for (let length = this.byte(); length > 0; length = this.byte()) {
      this.skip(length);
      total += length;
    }
    // One for each would take more memory than the file: there may be one every other byte.
    const joined = new Uint8Array(total);
    for (let from = start, to = 0; to < total;) {
      const length = this.bytes[from]!;
      joined.set(this.bytes.subarray(from + 1, from + 1 + length), to);
      from += 1 + length;
      to += length;
    }
    return joined;
  }

  /** @param flags whose last three bits tell the size, where the first says that there is one */
  palette(flags: number): Uint8Array | null {
    return flags & 0x80 ? this.take(3 * (2 << (flags & 7))) : null;
  }
}

/**
 * Reads a GIF up to the end of its first picture.
 *
 * @throws Error where it is broken or cut off before that
 */
export function readGif(bytes: Uint8Array): GifPicture {
  const reader = new Reader(bytes, 6);
  const width = reader.uint16();
  const height = reader.uint16();
  const flags = reader.byte();
  reader.take(2);
  const globalPalette = reader.palette(flags);
  let transparent = -1;
  for (;;) {
    const kind = reader.byte();
    if (kind === EXTENSION) {
      const label = reader.byte();
      const control = reader.subBlocks();
      if (label === GRAPHIC_CONTROL && control.length >= 4) {
        transparent = control[0]! & 1 ? control[3]! : -1;
      }
    } else if (kind === PICTURE) {
      const [left, top] = [reader.uint16(), reader.uint16()];
      const [columns, rows] = [reader.uint16(), reader.uint16()];
      const local = reader.byte();
      const own = reader.palette(local);
      const bits = reader.byte();
      if (bits < 1 || bits > MOST_BITS) throw new Error("it is damaged");
      const palette = own ?? globalPalette ?? greys(bits);
      const data = reader.subBlocks();
      const picture = { left, top, columns, rows, interlaced: (local & 0x40) !== 0 };
      // Some programs leave the canvas without a size.
      const canvas = { width: width || columns, height: height || rows };
      return { ...canvas, ...picture, palette, transparent, bits, data };
    } else {
      throw new Error("it holds no picture");
    }
  }
}
