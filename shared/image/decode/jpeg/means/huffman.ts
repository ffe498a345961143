import type { BitReader } from "./bitReader.ts";

/** Codes have at most 16 bits, so that 16 bits always tell the next one. */
const INDEX_BITS = 16;

/** A Huffman table (ITU-T T.81, annex C): by the next 16 bits, the code's length and what it stands for. */
export class HuffmanTable {
  private readonly entries = new Uint16Array(1 << INDEX_BITS);

  /**
   * @param counts how many codes there are of each length, 1 to 16
   * @param symbols what they stand for, the shortest first
   */
  constructor(counts: Uint8Array, symbols: Uint8Array) {
    let index = 0;
    let next = 0;
    counts.forEach((count, i) => {
      const length = i + 1;
      for (let code = 0; code < count; code++) {
        const end = index + (1 << (INDEX_BITS - length));
        this.entries.fill((length << 8) | (symbols[next++] ?? 0), index, end);
        index = end;
      }
    });
  }

  /** @throws Error where the bits are no code */
  read(bits: BitReader): number {
    const entry = this.entries[bits.peek16()]!;
    if (entry === 0) throw new Error("it is damaged");
    bits.skip(entry >> 8);
    return entry & 0xff;
  }
}
