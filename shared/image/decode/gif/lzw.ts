/** Codes have at most 12 bits. */
const MOST_BITS = 12;
const MOST_CODES = 1 << MOST_BITS;

/** Strings of values by their codes: each is that of another code and one value more. */
class Strings {
  private readonly prefixes = new Uint16Array(MOST_CODES);
  private readonly firsts = new Uint8Array(MOST_CODES);
  private readonly lasts = new Uint8Array(MOST_CODES);
  private readonly lengths = new Uint16Array(MOST_CODES).fill(1);
  count = 0;

  /** @param values that are codes of themselves; two more codes stand for no string */
  constructor(private readonly values: number) {
    for (let value = 0; value < values; value++) {
      this.firsts[value] = value;
      this.lasts[value] = value;
    }
    this.clear();
  }

  clear(): void {
    this.count = this.values + 2;
  }

  /** Adds the string of `prefix` and the first value of that of `code`, which may be the new one itself. */
  add(prefix: number, code: number): void {
    if (this.count === MOST_CODES) return;
    const added = this.count++;
    this.prefixes[added] = prefix;
    this.firsts[added] = this.firsts[prefix]!;
    this.lasts[added] = this.firsts[code]!;
    this.lengths[added] = this.lengths[prefix]! + 1;
  }

  /** Writes what of a string there is room for. @returns where it ends */
  write(code: number, out: Uint8Array, at: number): number {
    const end = at + this.lengths[code]!;
    for (let to = end - 1, rest = code; to >= at; to--) {
      if (to < out.length) out[to] = this.lasts[rest]!;
      rest = this.prefixes[rest]!;
    }
    return end;
  }
}

/**
 * Decompresses LZW as GIF has it (GIF89a, appendix F).
 *
 * @param bits of a value
 * @param out gets as many values as it is long
 * @throws Error if the data are damaged or end before that
 */
export function decompress(data: Uint8Array, bits: number, out: Uint8Array): void {
  const clear = 1 << bits;
  const strings = new Strings(clear);
  let size = bits + 1;
  let previous = -1;
  let at = 0;
  let buffer = 0;
  let buffered = 0;
  for (const byte of data) {
    buffer |= byte << buffered;
    buffered += 8;
    while (buffered >= size) {
      const code = buffer & ((1 << size) - 1);
      buffer >>>= size;
      buffered -= size;
      if (code === clear) {
        strings.clear();
        size = bits + 1;
        previous = -1;
        continue;
      }
      if (code === clear + 1) throw new Error("it is cut off");
      if (previous >= 0) strings.add(previous, code);
      if (code >= strings.count) throw new Error("it is damaged");
      at = strings.write(code, out, at);
      if (at >= out.length) return;
      if (strings.count === 1 << size && size < MOST_BITS) size += 1;
      previous = code;
    }
  }
  throw new Error("it is cut off");
}
