/** Bits of a scan's data (ITU-T T.81, F.2.2.5), zeros behind their end. */
export class BitReader {
  private buffer = 0;
  private buffered = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly end: number,
  ) {}

  /** The next 16 bits, which are not taken. */
  peek16(): number {
    while (this.buffered < 16) this.fill();
    return (this.buffer >>> (this.buffered - 16)) & 0xffff;
  }

  skip(count: number): void {
    this.buffered -= count;
  }

  /** @param count at most 16 */
  take(count: number): number {
    const bits = this.peek16() >>> (16 - count);
    this.skip(count);
    return bits;
  }

  /** Goes on behind the next restart marker. */
  restart(): void {
    this.buffered = 0;
    while (this.at + 1 < this.end) {
      const isMarker = this.bytes[this.at] === 0xff && (this.bytes[this.at + 1]! & 0xf8) === 0xd0;
      this.at += isMarker ? 2 : 1;
      if (isMarker) return;
    }
  }

  private fill(): void {
    let byte = 0;
    if (this.at < this.end) {
      byte = this.bytes[this.at]!;
      const next = this.bytes[this.at + 1];
      if (byte !== 0xff) this.at += 1;
      else if (next === 0) this.at += 2;
      // A marker ends the data: it is left for `restart`.
      else byte = 0;
    }
    this.buffer = (this.buffer << 8) | byte;
    this.buffered += 8;
  }
}
