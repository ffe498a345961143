/** Estimated bytes of an entry beyond its values and its key: objects of V8, map slots and malloc's overhead. */
const ENTRY_BYTES = 600;

const bytesOf = (key: string, row: Float32Array) => row.byteLength + key.length + ENTRY_BYTES;

/**
 * A cache of embeddings in a bounded number of bytes. The least recently used entries are removed first.
 * Rows are shared: do not modify them.
 */
export class EmbeddingCache {
  /** In order of last use, oldest first. */
  private readonly rows = new Map<string, Float32Array>();
  private used = 0;

  /** Estimated bytes that the entries take. */
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

  /** Stores a row and removes old entries. @param limitBytes for all entries; 0 stores nothing */
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
