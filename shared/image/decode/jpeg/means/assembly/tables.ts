/**
 * Huffman tables (ITU-T T.81, annex C) by the next 16 bits, the length of the longest code. An entry has in its
 * lowest byte what the code stands for: the size of a first coefficient, or how many places of the block a
 * code of the others goes on; in the next byte how many bits to go past, and above them the code's length.
 */
const INDEX_BITS: u32 = 16;
const ENTRIES: u32 = 1 << INDEX_BITS;

/**
 * By the next 12 bits, as many codes as these tell, with their values, together: the bits to go past, above them
 * the places, and whether the block ends. 0 where they do not tell one. 8 KB stay in the processor's cache.
 */
const RUN_BITS: u32 = 12;
const RUNS: u32 = 1 << RUN_BITS;
const ENDS: u32 = 1 << 15;

/** Bytes of a table, the runs behind the codes. */
export const TABLE_BYTES: usize = ((<usize>ENTRIES) << 2) + ((<usize>RUNS) << 1);

const BLOCK: u32 = 64;
const LONG_RUN: u32 = 15;

function entryOf(length: u32, symbol: u32, isFirst: bool): u32 {
  if (isFirst) return (length << 16) | (length << 8) | min(symbol, 16);
  const run = symbol >> 4;
  const size = symbol & 15;
  const isEnd = size == 0 && run < LONG_RUN;
  return (length << 16) | ((length + size) << 8) | (isEnd ? BLOCK : run + 1);
}

function fill(table: usize, first: u32, end: u32, entry: u32): void {
  for (let i = first; i < end; i++) store<u32>(table + ((<usize>i) << 2), entry);
}

/** The codes that these bits begin with, together. */
function runOf(table: usize, bits: u32): u32 {
  let taken: u32 = 0;
  let places: u32 = 0;
  while (taken < RUN_BITS) {
    const ahead = (bits << (INDEX_BITS - RUN_BITS + taken)) & (ENTRIES - 1);
    const entry = load<u32>(table + ((<usize>ahead) << 2));
    const known = RUN_BITS - taken;
    if (entry >> 16 > known) break;
    const place = entry & 0xff;
    if (place < BLOCK && places + place >= BLOCK) break;
    taken += (entry >> 8) & 0xff;
    if (place == BLOCK) return ENDS | (places << 8) | taken;
    places += place;
  }
  return (places << 8) | taken;
}

/**
 * Makes a table. Bits that are no code stand for 0, as in libjpeg: of damaged data decoders make what they can.
 *
 * @param codes 16 bytes, how many codes there are of each length, and then 256 symbols, the shortest first
 * @param isFirst whether it is of first coefficients
 */
export function makeTable(table: usize, codes: usize, isFirst: bool): void {
  let symbolAt = codes + 16;
  let index: u32 = 0;
  for (let length: u32 = 1; length <= INDEX_BITS; length++) {
    for (let count = <u32>load<u8>(codes + length - 1); count > 0; count--) {
      const next = min(ENTRIES, index + (1 << (INDEX_BITS - length)));
      fill(table, index, next, entryOf(length, load<u8>(symbolAt++), isFirst));
      index = next;
    }
  }
  fill(table, index, ENTRIES, entryOf(INDEX_BITS, 0, isFirst));
  if (isFirst) return;
  const runs = table + ((<usize>ENTRIES) << 2);
  for (let i: u32 = 0; i < RUNS; i++) store<u16>(runs + ((<usize>i) << 1), <u16>runOf(table, i));
}

/** The entry of a code, by the buffer's next bits, of which there must be 16. */
export function look(table: usize, buffer: u64, buffered: i32): u32 {
  const ahead = (<u32>(buffer >> (buffered - 16))) & (ENTRIES - 1);
  return load<u32>(table + ((<usize>ahead) << 2));
}

/** Bits to go past from a place of a block, and above them the place then, with all codes that the next bits tell. */
export function skip(table: usize, buffer: u64, buffered: i32, place: u32): u32 {
  const ahead = (<u32>(buffer >> (buffered - 16))) & (ENTRIES - 1);
  const runs = table + ((<usize>ENTRIES) << 2);
  const run = <u32>load<u16>(runs + ((<usize>(ahead >> (INDEX_BITS - RUN_BITS))) << 1));
  const next = place + ((run >> 8) & 0x7f);
  // A block may end at its last place without a code for that.
  if (run != 0 && next < BLOCK) return (run & ENDS ? BLOCK << 8 : next << 8) | (run & 0xff);
  const entry = load<u32>(table + ((<usize>ahead) << 2));
  return ((place + (entry & 0xff)) << 8) | ((entry >> 8) & 0xff);
}
