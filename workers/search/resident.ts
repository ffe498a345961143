/** What takes memory. */
interface Sized {
  readonly bytes: number;
}

/**
 * The matrices of all shards in this isolate. Beyond a limit the least recently used are dropped; their shards
 * load them again when asked. Memory is released with the last reference.
 */
export class Resident {
  /** By matrix what drops it, the least recently used first. */
  private readonly held = new Map<Sized, () => void>();

  /** Says that a matrix is used, which is not dropped now. @param drop forgets it */
  use(matrix: Sized, drop: () => void, limit: number): void {
    this.held.delete(matrix);
    this.held.set(matrix, drop);
    let bytes = [...this.held.keys()].reduce((sum, each) => sum + each.bytes, 0);
    for (const [oldest, dropOldest] of this.held) {
      if (bytes <= limit || oldest === matrix) return;
      bytes -= oldest.bytes;
      this.held.delete(oldest);
      dropOldest();
    }
  }

  forget(matrix: Sized): void {
    this.held.delete(matrix);
  }
}

export const resident = new Resident();
