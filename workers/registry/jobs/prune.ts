import { FINISHED } from "./tables.ts";

/** How many finished jobs are kept at least. */
export const KEPT_JOBS = 10_000;

/** How many of them keep their events. */
export const KEPT_WITH_EVENTS = 1_000;

/** After how many submissions old jobs are removed: looking for them reads a row for each that is kept. */
export const PRUNED_EVERY = 100;

const beyond = (kept: number) =>
  `(SELECT seq FROM jobs WHERE ${FINISHED} ORDER BY seq DESC LIMIT -1 OFFSET ${kept})`;

/**
 * Removes the oldest of the finished jobs, and the events of more of them.
 *
 * @returns the keys of the artifacts that nothing names any more
 */
export function prune(sql: SqlStorage): string[] {
  sql.exec(`DELETE FROM events WHERE job IN ${beyond(KEPT_WITH_EVENTS)}`);
  const artifacts = sql.exec<{ key: string }>(
    `DELETE FROM artifacts WHERE job IN ${beyond(KEPT_JOBS)} RETURNING key`,
  );
  const keys = Array.from(artifacts, ({ key }) => key);
  sql.exec(`DELETE FROM keys WHERE job IN ${beyond(KEPT_JOBS)}`);
  sql.exec(`DELETE FROM jobs WHERE seq IN ${beyond(KEPT_JOBS)}`);
  return keys;
}
