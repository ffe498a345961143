/** Bits of a scan's data (ITU-T T.81, F.2.2.5), zeros behind their end. A marker ends them. */
export let buffer: u64 = 0;
/** How many of the buffer's lowest bits are still to be read. */
export let buffered: i32 = 0;
let at: usize = 0;
let end: usize = 0;

export function open(first: usize, last: usize): void {
  at = first;
  end = last;
  buffered = 0;
}

/** Puts back what a reader with the state in local variables has left. */
export function leave(left: u64, count: i32): void {
  buffer = left;
  buffered = count;
}

/** Makes at least 32 bits be there, as many as a coefficient takes. */
export function refill(): void {
  if (at + 4 <= end) {
    const word = load<u32>(at);
    // No byte is 0xff, which alone needs a look at the next one.
    if (((~word - 0x01010101) & word & 0x80808080) == 0) {
      buffer = (buffer << 32) | bswap<u32>(word);
      buffered += 32;
      at += 4;
      return;
    }
  }
  while (buffered < 32) {
    let byte: u64 = 0;
    if (at < end) {
      byte = load<u8>(at);
      if (byte != 0xff) at += 1;
      else if (at + 1 < end && load<u8>(at + 1) == 0) at += 2;
      else byte = 0;
    }
    buffer = (buffer << 8) | byte;
    buffered += 8;
  }
}

/** @param count at most 16 */
export function take(count: i32): u32 {
  if (buffered < 32) refill();
  buffered -= count;
  return (<u32>(buffer >> buffered)) & ((1 << count) - 1);
}

/** Goes on behind the next restart marker. */
export function restart(): void {
  buffered = 0;
  while (at + 1 < end) {
    const isMarker = load<u8>(at) == 0xff && (load<u8>(at + 1) & 0xf8) == 0xd0;
    at += isMarker ? 2 : 1;
    if (isMarker) return;
  }
}
