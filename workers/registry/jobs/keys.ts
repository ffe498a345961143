/**
 * The job that was submitted with a key, unless it has come to nothing, or will.
 *
 * @returns its id
 */
export function jobOfKey(sql: SqlStorage, key: string): string | null {
  const [row] = sql.exec<{ id: string }>(
    `SELECT id FROM jobs WHERE seq = (SELECT job FROM keys WHERE key = ?)
      AND cancelling = 0 AND state NOT IN ('failed', 'cancelled')`,
    key,
  );
  return row?.id ?? null;
}

/** Notes the job of a key, in place of the one before. */
export function putKey(sql: SqlStorage, job: number, key: string): void {
  sql.exec("INSERT OR REPLACE INTO keys VALUES (?, ?)", key, job);
}
