/** CRC-32 (PNG, third edition, 5.5), eight bytes at a time: a table for each of their places. */

/** Reversed. */
const POLYNOMIAL: u32 = 0xedb88320;
const PLACE: usize = 1024;

const TABLES: usize = memory.data(8 * 1024, 8);

for (let byte: u32 = 0; byte < 256; byte++) {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >> 1) ^ POLYNOMIAL : rest >> 1;
  store<u32>(TABLES + ((<usize>byte) << 2), rest);
}
for (let entry = TABLES + PLACE; entry < TABLES + 8 * PLACE; entry += 4) {
  const rest = load<u32>(entry - PLACE);
  store<u32>(entry, (rest >> 8) ^ load<u32>(TABLES + ((<usize>(rest & 0xff)) << 2)));
}

/** What a byte contributes that has so many others of the eight behind it. */
function entry(byte: u32, behind: usize): u32 {
  return load<u32>(TABLES + behind * PLACE + ((<usize>(byte & 0xff)) << 2));
}

/**
 * Goes on with a checksum.
 *
 * @param rest 0 at the beginning
 */
export function crc32(rest: u32, at: usize, end: usize): u32 {
  rest = ~rest;
  for (; at + 8 <= end; at += 8) {
    const low = rest ^ load<u32>(at);
    const high = load<u32>(at, 4);
    rest =
      entry(low, 7) ^
      entry(low >> 8, 6) ^
      entry(low >> 16, 5) ^
      entry(low >> 24, 4) ^
      entry(high, 3) ^
      entry(high >> 8, 2) ^
      entry(high >> 16, 1) ^
      entry(high >> 24, 0);
  }
  for (; at < end; at++) rest = (rest >> 8) ^ entry(rest ^ load<u8>(at), 0);
  return ~rest;
}
