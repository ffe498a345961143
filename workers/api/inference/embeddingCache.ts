/** What an entry takes beside its values and its key's letters: objects of V8, their places, malloc's. */
const ENTRY_BYTES = 600;

const bytesOf = (key: string, row: Float32Array) => row.byteLength + key.length + ENTRY_BYTES;

/**
 * Embeddings by what they are of, in a bounded number of bytes: the least recently used leave first.
 * Rows are shared, nobody may write into one.
 */
export class EmbeddingCache {
  /** In order of last use. */
  private readonly rows = new Map<string, Float32Array>();
  private used = 0;

  /** What the entries take, estimated. */
  get bytes(): number {
    return this.used;
  }

  get(key: string): Float32Array | undefined {
    const row = this.rows.get(key);
    if (row) {
      this.rows.delete(key);
      this.rows.set(key, row);
    }
    return row;
  }

  /** Keeps a row, as long as there is room. @param limitBytes for all; 0 keeps nothing */
  set(key: string, row: Float32Array, limitBytes: number): void {
    this.remove(key);
    this.rows.set(key, row);
    this.used += bytesOf(key, row);
    for (const oldest of this.rows.keys()) {
      if (this.used <= limitBytes) return;
      this.remove(oldest);
    }
  }

  private remove(key: string): void {
    const row = this.rows.get(key);
    if (row && this.rows.delete(key)) this.used -= bytesOf(key, row);
  }
}
