const BITS = 11;
const PASSES = [0, BITS, 2 * BITS];
const DIGITS = 2 ** BITS;

/** Room for the keys of one sort, and for two orders of what is sorted. */
interface Room {
  floats: Float32Array;
  keys: Uint32Array;
  order: Uint32Array;
  next: Uint32Array;
}

/**
 * Sorts positions by their values, the largest first; equals stay in the order that they had. A radix
 * sort: with a comparator, to sort the thousands of neighbours that MAP@R needs is most of the work of an
 * evaluation.
 */
function sortByValue(positions: Int32Array, values: Float32Array, room: Room): void {
  const n = positions.length;
  const { floats, keys } = room;
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < n; i++) {
    // -0 and 0 are equal, but their bits are not.
    floats[i] = values[positions[i]!]! + 0;
    // The bits of floats are in their order where they are positive, and in the reverse where they are not.
    keys[i] = bits[i]! >>> 31 ? bits[i]! : ~bits[i]! & 0x7fffffff;
  }
  let { order, next } = room;
  for (let i = 0; i < n; i++) order[i] = i;
  for (const shift of PASSES) {
    const starts = new Uint32Array(DIGITS + 1);
    for (let i = 0; i < n; i++) starts[((keys[i]! >>> shift) & (DIGITS - 1)) + 1]!++;
    for (let digit = 0; digit < DIGITS; digit++) starts[digit + 1]! += starts[digit]!;
    for (let i = 0; i < n; i++) {
      const item = order[i]!;
      next[starts[(keys[item]! >>> shift) & (DIGITS - 1)]!++] = item;
    }
    [order, next] = [next, order];
  }
  for (let i = 0; i < n; i++) next[i] = positions[order[i]!]!;
  positions.set(next.subarray(0, n));
}

/**
 * Positions of the largest values, the largest first; of equals the lower position first.
 *
 * @param values none of them NaN
 * @param self a position to leave out
 */
export function largest(values: Float32Array, count: number, self = -1): number[] {
  if (count < 1) return [];
  // Twice as many as wanted before sorting: the sorts are few for any count.
  const size = Math.min(2 * count, values.length);
  const kept = new Int32Array(size);
  const room = {
    floats: new Float32Array(size),
    keys: new Uint32Array(size),
    order: new Uint32Array(size),
    next: new Uint32Array(size),
  };
  let length = 0;
  // Nothing compares with NaN: until `count` values are known, none is too low.
  let bar = NaN;
  const prune = () => {
    sortByValue(kept.subarray(0, length), values, room);
    length = Math.min(length, count);
    if (length === count) bar = values[kept[count - 1]!]!;
  };
  for (let position = 0; position < values.length; position++) {
    const value = values[position]!;
    if (position === self || value <= bar) continue;
    if (length === size) {
      prune();
      if (value <= bar) continue;
    }
    kept[length++] = position;
  }
  prune();
  return Array.from(kept.subarray(0, length));
}
