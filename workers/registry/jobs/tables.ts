/**
 * The tables of jobs. Times are milliseconds. `expires` is the end of the lease of a running job, else NULL; `token`
 * counts its claims. `backend`, `gpu_bytes`, `dataset` and `version` repeat what the request says, to search by. `keys`
 * has the last job of each key of a submission.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, request TEXT NOT NULL, "group" TEXT,
  backend TEXT, gpu_bytes INTEGER NOT NULL, dataset TEXT NOT NULL, version TEXT NOT NULL,
  state TEXT NOT NULL, attempts INTEGER NOT NULL, token INTEGER NOT NULL, expires INTEGER,
  cancelling INTEGER NOT NULL, worker TEXT, progress TEXT, log TEXT NOT NULL, checkpoint TEXT, step INTEGER,
  decision TEXT, error TEXT, events INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS unfinished ON jobs (seq) WHERE state IN ('queued', 'running', 'publishing');
CREATE INDEX IF NOT EXISTS finished ON jobs (seq) WHERE state IN ('done', 'failed', 'cancelled');
CREATE INDEX IF NOT EXISTS groups ON jobs ("group", seq) WHERE "group" IS NOT NULL;
CREATE INDEX IF NOT EXISTS leases ON jobs (expires) WHERE expires IS NOT NULL;
CREATE TABLE IF NOT EXISTS events (
  job INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL,
  PRIMARY KEY (job, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS artifacts (
  job INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (job, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, job INTEGER NOT NULL) WITHOUT ROWID;
`;

/** The condition of the index `unfinished`, which SQLite uses only where it finds the same words. */
export const UNFINISHED = "state IN ('queued', 'running', 'publishing')";

/** The condition of the index `finished`. */
export const FINISHED = "state IN ('done', 'failed', 'cancelled')";

export function createTables(sql: SqlStorage): void {
  sql.exec(TABLES);
}
