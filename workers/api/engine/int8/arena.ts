/** SIMD copies run over by less than a vector. */
const SLACK = 16;
const ALIGNMENT = 16;

export const roundUp = (count: number, to: number): number => Math.ceil(count / to) * to;

interface Piece {
  address: number;
  bytes: number;
}

/** Places for buffers, planned before there is a memory: a buffer given back makes room for others. */
export class Arena {
  /** Free pieces below the end, by address. */
  private free: Piece[] = [];
  private readonly taken = new Map<number, number>();
  /** The bytes that all of it takes. */
  end: number;

  /** @param start the first address */
  constructor(start: number) {
    this.end = roundUp(start, ALIGNMENT);
  }

  /** A place for a buffer: the smallest free one that it fits into. @returns its address */
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

  /** Gives a buffer's place back. */
  give(address: number): void {
    const bytes = this.taken.get(address);
    if (bytes === undefined) throw new Error(`nothing is at ${address}`);
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
