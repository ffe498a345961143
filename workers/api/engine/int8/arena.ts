/** SIMD copies may write past the end of a buffer, by less than a vector. */
const SLACK = 16;
const ALIGNMENT = 16;

export const roundUp = (count: number, to: number): number => Math.ceil(count / to) * to;

interface Piece {
  address: number;
  bytes: number;
}

/** Plans the addresses of buffers before the memory exists. A released buffer makes room for others. */
export class Arena {
  /** Free pieces below the end. */
  private free: Piece[] = [];
  private readonly taken = new Map<number, number>();
  /** The first address behind all buffers. */
  end: number;

  /** @param start the first address */
  constructor(start: number) {
    this.end = roundUp(start, ALIGNMENT);
  }

  /** Takes the smallest free piece that fits, or grows the end. @returns the address */
  take(bytes: number): number {
    const size = roundUp(bytes + SLACK, ALIGNMENT);
    const [best] = this.free
      .filter((piece) => piece.bytes >= size)
      .sort((a, b) => a.bytes - b.bytes);
    if (best) {
      this.free = this.free.filter((piece) => piece !== best);
      this.release({ address: best.address + size, bytes: best.bytes - size });
      this.taken.set(best.address, size);
      return best.address;
    }
    const last = this.free.find(({ address, bytes }) => address + bytes === this.end);
    const address = last?.address ?? this.end;
    this.free = this.free.filter((piece) => piece !== last);
    this.end = address + size;
    this.taken.set(address, size);
    return address;
  }

  /** Releases a buffer. @throws Error if no buffer begins at the address */
  give(address: number): void {
    const bytes = this.taken.get(address);
    if (bytes === undefined) throw new Error(`no buffer begins at ${address}`);
    this.taken.delete(address);
    this.release({ address, bytes });
  }

  private release(piece: Piece): void {
    if (piece.bytes === 0) return;
    const before = this.free.find(({ address, bytes }) => address + bytes === piece.address);
    const after = this.free.find(({ address }) => address === piece.address + piece.bytes);
    this.free = this.free.filter((other) => other !== before && other !== after);
    this.free.push({
      address: before?.address ?? piece.address,
      bytes: (before?.bytes ?? 0) + piece.bytes + (after?.bytes ?? 0),
    });
  }
}
