/**
 * Decoding tables of DEFLATE's codes (RFC 1951, 3.2.2). The next bits, as many as the table's `root`, tell
 * an entry; longer codes go on in a second table that it points to.
 *
 * An entry has in its lowest byte how many bits the code takes, above it the number of extra bits that
 * follow (8 to 11), what it is (12 to 15), and its value (from 16 on): a byte, a length or distance without
 * its extra bits, or where a second table begins.
 */
export const LITERAL: u32 = 1 << 12;
export const END: u32 = 1 << 13;
/** Of codes that do not exist. */
export const INVALID: u32 = 1 << 14;
export const LONGER: u32 = 1 << 15;

export const MOST_BITS: u32 = 15;

const counts: usize = memory.data(64, 4);
const codes: usize = memory.data(64, 4);

const at = (table: usize, index: u32): usize => table + ((<usize>index) << 2);

function reverse(code: u32, length: u32): u32 {
  let reversed: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    reversed = (reversed << 1) | (code & 1);
    code >>= 1;
  }
  return reversed;
}

/** Writes an entry wherever the bits of its code are followed by others. */
function fill(table: usize, size: u32, code: u32, length: u32, entry: u32): void {
  for (let index = code; index < size; index += 1 << length) store<u32>(at(table, index), entry);
}

/**
 * Makes a table.
 *
 * @param table room for 2^root entries and the second tables
 * @param lengths a byte for each symbol: the length of its code, 0 for none
 * @param entries of symbols, without the bits of their codes
 * @param complete whether all bits must mean something; else a code of one symbol, or of none, may do
 * @returns whether the lengths make a code
 */
export function makeTable(
  table: usize,
  root: u32,
  lengths: usize,
  symbols: u32,
  entries: usize,
  complete: bool,
): bool {
  memory.fill(counts, 0, 64);
  let longest: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = <u32>load<u8>(lengths + symbol);
    store<u32>(at(counts, length), load<u32>(at(counts, length)) + 1);
    if (length > longest) longest = length;
  }
  let code: u32 = 0;
  let left: i32 = 1;
  for (let length: u32 = 1; length <= MOST_BITS; length++) {
    const count = load<u32>(at(counts, length));
    left = (left << 1) - <i32>count;
    if (left < 0) return false;
    store<u32>(at(codes, length), code);
    code = (code + count) << 1;
  }
  if (left > 0 && (complete || longest > 1)) return false;

  const size: u32 = 1 << root;
  for (let index: u32 = 0; index < size; index++) store<u32>(at(table, index), INVALID | 1);
  const more = MOST_BITS - root;
  let next = size;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = <u32>load<u8>(lengths + symbol);
    if (length == 0) continue;
    const own = load<u32>(at(codes, length));
    store<u32>(at(codes, length), own + 1);
    const bits = reverse(own, length);
    const entry = load<u32>(at(entries, symbol));
    if (length <= root) {
      fill(table, size, bits, length, entry | length);
      continue;
    }
    const first = at(table, bits & (size - 1));
    if (!(load<u32>(first) & LONGER)) {
      store<u32>(first, LONGER | (next << 16) | root);
      next += 1 << more;
    }
    const second = at(table, load<u32>(first) >> 16);
    fill(second, 1 << more, bits >> root, length - root, entry | (length - root));
  }
  return true;
}
