import type { Pair } from "../../protocol/collection.ts";

/** Most pairs that are kept. The least probable go first. */
const MAX_PAIRS = 50_000;

/** Pairs of duplicates, in a table of the collection. */
export class Pairs {
  constructor(private readonly sql: SqlStorage) {
    sql.exec(
      `CREATE TABLE IF NOT EXISTS pairs
       (a TEXT, b TEXT, score REAL, probability REAL, PRIMARY KEY (a, b)) WITHOUT ROWID`,
    );
    sql.exec("CREATE INDEX IF NOT EXISTS pairs_by_score ON pairs (score)");
  }

  get count(): number {
    return this.sql.exec<{ count: number }>("SELECT count(*) AS count FROM pairs").one().count;
  }

  clear(): void {
    this.sql.exec("DELETE FROM pairs");
  }

  /** Adds pairs, either way round, and keeps the best. @returns whether some were dropped */
  add(pairs: Pair[]): boolean {
    for (const { a, b, score, probability } of pairs) {
      const [first, second] = a < b ? [a, b] : [b, a];
      this.sql.exec(
        "INSERT OR REPLACE INTO pairs VALUES (?, ?, ?, ?)",
        ...[first, second, score, probability],
      );
    }
    const surplus = this.count - MAX_PAIRS;
    if (surplus <= 0) return false;
    this.sql.exec(
      `DELETE FROM pairs WHERE (a, b) IN (SELECT a, b FROM pairs ORDER BY score LIMIT ?)`,
      surplus,
    );
    return true;
  }

  all(): Pair[] {
    return this.sql
      .exec<Pair & Record<string, SqlStorageValue>>("SELECT * FROM pairs ORDER BY score DESC")
      .toArray();
  }
}
