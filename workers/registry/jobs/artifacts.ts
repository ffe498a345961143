import type { Artifact } from "../../../shared/jobs/job.ts";

/** The key of an artifact of a job; null if it has none. */
export function artifactOf(sql: SqlStorage, job: number, name: Artifact): string | null {
  const [row] = sql.exec<{ key: string }>(
    "SELECT key FROM artifacts WHERE job = ? AND name = ?",
    ...[job, name],
  );
  return row?.key ?? null;
}

/** Notes an artifact of a job, in place of the one before. */
export function putArtifact(
  sql: SqlStorage,
  job: number,
  { name, key }: { name: Artifact; key: string },
): void {
  sql.exec("INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?)", job, name, key);
}
