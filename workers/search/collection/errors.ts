import type { ItemError } from "../../protocol/collection.ts";

/** Most failures that are kept. The oldest go first. */
const MAX_ERRORS = 10_000;

/** What could not be embedded, in a table of the collection. */
export class Errors {
  constructor(private readonly sql: SqlStorage) {
    sql.exec(
      `CREATE TABLE IF NOT EXISTS errors
       (id TEXT PRIMARY KEY, code TEXT, message TEXT, attempts INTEGER, at TEXT) WITHOUT ROWID`,
    );
  }

  get count(): number {
    return this.sql.exec<{ count: number }>("SELECT count(*) AS count FROM errors").one().count;
  }

  note({ id, code, message }: Omit<ItemError, "attempts" | "at">): void {
    this.sql.exec(
      `INSERT INTO errors VALUES (?, ?, ?, 1, ?) ON CONFLICT (id) DO UPDATE
       SET code = excluded.code, message = excluded.message, at = excluded.at, attempts = attempts + 1`,
      ...[id, code, message, new Date().toISOString()],
    );
    if (this.count > MAX_ERRORS) {
      this.sql.exec("DELETE FROM errors WHERE id = (SELECT id FROM errors ORDER BY at LIMIT 1)");
    }
  }

  clear(id: string): void {
    this.sql.exec("DELETE FROM errors WHERE id = ?", id);
  }

  clearAll(): void {
    this.sql.exec("DELETE FROM errors");
  }

  /** Failures in the order of the bytes of their ids. */
  list(after: string | null, limit: number): ItemError[] {
    return this.sql
      .exec<ItemError & Record<string, SqlStorageValue>>(
        "SELECT * FROM errors WHERE id > ? ORDER BY id LIMIT ?",
        ...[after ?? "", limit],
      )
      .toArray();
  }
}
