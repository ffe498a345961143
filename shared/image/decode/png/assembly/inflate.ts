/**
 * Inflates zlib data (RFC 1950, 1951) that come in parts and leave in parts. Its checksum is not compared:
 * PNG has checksums of its own.
 */
import { END, INVALID, LITERAL, LONGER, makeTable, MOST_BITS } from "./huffman";

/** What `inflate` needs next, or why it ended. Equal to those of kernel.ts. */
const INPUT: i32 = 0;
const ROOM: i32 = 1;
const DONE: i32 = 2;
const DAMAGED: i32 = 3;
/** No reason to stop. */
const GO: i32 = -1;

/** A block's header takes at most 577 bytes, a symbol 6; 8 are read together. */
const INPUT_MARGIN: usize = 1024;
/** Zeros that may be read behind the last input. More have come out of nothing. */
const OVERRUN: usize = 16;

const LENGTHS: u32 = 288;
const DISTANCES: u32 = 32;
const LENGTH_BITS: u32 = 11;
const DISTANCE_BITS: u32 = 9;
const ORDER_BITS: u32 = 7;

/**
 * The first table, and second tables: of complete codes, each has two symbols or more, and 2^(15 - root)
 * entries.
 */
const lengthTable: usize = memory.data((2048 + 144 * 16) * 4, 8);
const distanceTable: usize = memory.data((512 + 16 * 64) * 4, 8);
const orderTable: usize = memory.data(128 * 4, 8);

/** Entries of symbols; see huffman.ts. */
const lengthEntries: usize = memory.data(288 * 4, 4);
const distanceEntries: usize = memory.data(32 * 4, 4);
const orderEntries: usize = memory.data(19 * 4, 4);

/** Code lengths of both alphabets, one after the other, and of the codes that tell them. */
const lengths: usize = memory.data(320, 4);
const orderLengths: usize = memory.data(20, 4);
/** The order in which the latter are stored. */
const ORDER: usize = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

for (let symbol: u32 = 0; symbol < 256; symbol++) {
  store<u32>(lengthEntries + ((<usize>symbol) << 2), LITERAL | (symbol << 16));
}
store<u32>(lengthEntries + (256 << 2), END);
for (let symbol: u32 = 257, value: u32 = 3; symbol < LENGTHS; symbol++) {
  const extra: u32 = symbol < 265 || symbol == 285 ? 0 : (symbol - 261) >> 2;
  if (symbol == 285) value = 258;
  store<u32>(
    lengthEntries + ((<usize>symbol) << 2),
    symbol > 285 ? INVALID : (value << 16) | (extra << 8),
  );
  value += 1 << extra;
}
for (let symbol: u32 = 0, value: u32 = 1; symbol < DISTANCES; symbol++) {
  const extra: u32 = symbol < 4 ? 0 : (symbol - 2) >> 1;
  store<u32>(
    distanceEntries + ((<usize>symbol) << 2),
    symbol > 29 ? INVALID : (value << 16) | (extra << 8),
  );
  value += 1 << extra;
}
for (let symbol: u32 = 0; symbol < 19; symbol++) {
  store<u32>(orderEntries + ((<usize>symbol) << 2), symbol << 16);
}

/** Where the next input is read, and where output ends. */
export let inputAt: usize = 0;
export let outputAt: usize = 0;

/** Bits that are read and not taken, the next one lowest. Bits above `count` are those at `inputAt`. */
let bits: u64 = 0;
let count: u32 = 0;

/** Where data begin that matches may copy. */
let history: usize = 0;

const ZLIB_HEADER: i32 = 0;
const BLOCK_HEADER: i32 = 1;
const STORED: i32 = 2;
const CODES: i32 = 3;
const ENDED: i32 = 4;
let mode: i32 = ZLIB_HEADER;
let isLast: bool = false;
/** Bytes of a stored block that are missing. */
let stored: usize = 0;

/** At least 56 bits. */
function refill(): void {
  bits |= load<u64>(inputAt) << count;
  inputAt += (63 - count) >> 3;
  count |= 56;
}

function take(number: u32): u32 {
  const value = (<u32>bits) & ((1 << number) - 1);
  bits >>= number;
  count -= number;
  return value;
}

/** Gives whole bytes back to the input. */
function align(): void {
  inputAt -= count >> 3;
  bits = 0;
  count = 0;
}

function readZlibHeader(): i32 {
  refill();
  const method = take(8);
  const flags = take(8);
  const isDeflate = (method & 15) == 8 && method >> 4 <= 7;
  const hasDictionary = (flags & 32) != 0;
  if (!isDeflate || hasDictionary || ((method << 8) | flags) % 31 != 0) return DAMAGED;
  mode = BLOCK_HEADER;
  return GO;
}

function readBlockHeader(): i32 {
  refill();
  isLast = take(1) != 0;
  const type = take(2);
  if (type == 0) return readStored();
  if (type == 3) return DAMAGED;
  const isSound = type == 1 ? makeFixed() : readTables();
  mode = CODES;
  return isSound ? GO : DAMAGED;
}

function readStored(): i32 {
  align();
  const length = <u32>load<u16>(inputAt);
  if ((length ^ (<u32>load<u16>(inputAt, 2))) != 0xffff) return DAMAGED;
  inputAt += 4;
  stored = length;
  mode = STORED;
  return GO;
}

/** RFC 1951, 3.2.6. */
function makeFixed(): bool {
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  memory.fill(lengths + LENGTHS, 5, DISTANCES);
  return makeTables(LENGTHS, DISTANCES);
}

function makeTables(lengthCodes: u32, distanceCodes: u32): bool {
  return (
    makeTable(lengthTable, LENGTH_BITS, lengths, lengthCodes, lengthEntries, false) &&
    makeTable(
      distanceTable,
      DISTANCE_BITS,
      lengths + lengthCodes,
      distanceCodes,
      distanceEntries,
      false,
    )
  );
}

/** RFC 1951, 3.2.7. */
function readTables(): bool {
  const lengthCodes = take(5) + 257;
  const distanceCodes = take(5) + 1;
  const orderCodes = take(4) + 4;
  if (lengthCodes > 286 || distanceCodes > 30) return false;
  memory.fill(orderLengths, 0, 19);
  for (let i: u32 = 0; i < orderCodes; i++) {
    refill();
    store<u8>(orderLengths + load<u8>(ORDER + i), <u8>take(3));
  }
  if (!makeTable(orderTable, ORDER_BITS, orderLengths, 19, orderEntries, true)) return false;
  const total = lengthCodes + distanceCodes;
  for (let i: u32 = 0; i < total;) {
    refill();
    const entry = load<u32>(orderTable + ((<usize>((<u32>bits) & 127)) << 2));
    if (entry & INVALID) return false;
    take(entry & 0xff);
    const symbol = entry >> 16;
    if (symbol < 16) {
      store<u8>(lengths + i++, <u8>symbol);
      continue;
    }
    if (symbol == 16 && i == 0) return false;
    const value = symbol == 16 ? load<u8>(lengths + i - 1) : 0;
    const times = symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7);
    if (i + times > total) return false;
    memory.fill(lengths + i, value, times);
    i += times;
  }
  // Without its end a block would have none.
  return load<u8>(lengths + 256) != 0 && makeTables(lengthCodes, distanceCodes);
}

function copyStored(end: usize, limit: usize): i32 {
  if (inputAt > end) return INPUT;
  const room = limit > outputAt ? limit - outputAt : 0;
  const part = min(stored, min(end - inputAt, room));
  memory.copy(outputAt, inputAt, part);
  inputAt += part;
  outputAt += part;
  stored -= part;
  if (stored == 0) return endBlock();
  return inputAt == end ? INPUT : ROOM;
}

function endBlock(): i32 {
  mode = isLast ? ENDED : BLOCK_HEADER;
  return GO;
}

/** Copies a match. Up to 15 bytes behind its end are written too. */
function copyMatch(out: usize, distance: usize, length: usize): void {
  const end = out + length;
  if (distance < 16) {
    // The pattern, so often that 16 bytes can be copied together.
    let pattern = distance;
    while (pattern < 16) pattern += distance;
    for (const first = out + pattern; out < first; out++) store<u8>(out, load<u8>(out - distance));
    distance = pattern;
  }
  for (; out < end; out += 16) v128.store(out, v128.load(out - distance));
}

/** @param limit of input and `room` of output: where the next symbol may begin */
function readCodes(limit: usize, room: usize): i32 {
  let out = outputAt;
  let result = GO;
  while (true) {
    if (inputAt >= limit) {
      result = INPUT;
      break;
    }
    if (out >= room) {
      result = ROOM;
      break;
    }
    refill();
    // Three literals of at most 15 bits, or two and a length of at most 20, take less than 56.
    let entry = nextEntry(lengthTable, LENGTH_BITS);
    if (entry & LITERAL) {
      store<u8>(out++, <u8>(entry >> 16));
      entry = nextEntry(lengthTable, LENGTH_BITS);
      if (entry & LITERAL) {
        store<u8>(out++, <u8>(entry >> 16));
        entry = nextEntry(lengthTable, LENGTH_BITS);
        if (entry & LITERAL) {
          store<u8>(out++, <u8>(entry >> 16));
          continue;
        }
      }
    }
    if (entry & END) {
      result = endBlock();
      break;
    }
    const length = (entry >> 16) + take((entry >> 8) & 15);
    refill();
    const far = nextEntry(distanceTable, DISTANCE_BITS);
    if ((entry | far) & INVALID) {
      result = DAMAGED;
      break;
    }
    const distance = (far >> 16) + take((far >> 8) & 15);
    if (<usize>distance > out - history) {
      result = DAMAGED;
      break;
    }
    copyMatch(out, distance, length);
    out += length;
  }
  outputAt = out;
  return result;
}

/** The entry of the next code, by a table of `root` bits. */
function nextEntry(table: usize, root: u32): u32 {
  const more: u32 = MOST_BITS - root;
  let entry = load<u32>(table + ((<usize>((<u32>bits) & ((1 << root) - 1))) << 2));
  if (entry & LONGER) {
    take(root);
    entry = load<u32>(table + ((<usize>((entry >> 16) + ((<u32>bits) & ((1 << more) - 1)))) << 2));
  }
  take(entry & 0xff);
  return entry;
}

/** Begins a stream. */
export function start(): void {
  mode = ZLIB_HEADER;
  bits = 0;
  count = 0;
}

/**
 * Inflates what there is input and room for.
 *
 * @param input where bytes begin that were not read, and their `end`
 * @param final whether no more will come; 1,100 zeros follow then
 * @param window where output lies that matches may refer to; it ends at `output`
 * @param output where more is written
 * @param room where writing may stop; another 320 bytes are overwritten
 */
export function inflate(
  input: usize,
  end: usize,
  final: bool,
  window: usize,
  output: usize,
  room: usize,
): i32 {
  inputAt = input;
  outputAt = output;
  history = window;
  const limit = final ? end + OVERRUN : end - INPUT_MARGIN;
  let result = GO;
  while (result == GO) {
    if (mode == STORED) result = copyStored(end, room);
    else if (mode == CODES) result = readCodes(limit, room);
    else if (mode == ENDED) result = DONE;
    else if (inputAt >= limit) result = INPUT;
    else if (mode == ZLIB_HEADER) result = readZlibHeader();
    else result = readBlockHeader();
  }
  if (inputAt - (count >> 3) <= end) return result;
  // What came of the zeros behind the end is no output, and no damage.
  outputAt = output;
  return INPUT;
}
