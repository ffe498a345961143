import { type Job, jobSchema, type JobState } from "../../../shared/jobs/job.ts";

/** What changes of a job, without what only its end changes. */
export type Row = Record<"id" | "state" | "log", string> &
  Record<"seq" | "attempts" | "token" | "cancelling" | "events", number> &
  Record<"worker" | "progress" | "checkpoint", string | null> &
  Record<"expires" | "step", number | null>;

export const COLUMNS =
  "seq, id, state, attempts, token, expires, cancelling, worker, progress, log, checkpoint, step, events";

/** Writes all columns of a row, and when. */
export function saveRow(sql: SqlStorage, row: Row, now: number): void {
  const { state, attempts, token, expires, cancelling, worker } = row;
  const { progress, log, checkpoint, step, events, seq } = row;
  sql.exec(
    `UPDATE jobs SET state = ?, attempts = ?, token = ?, expires = ?, cancelling = ?, worker = ?,
      progress = ?, log = ?, checkpoint = ?, step = ?, events = ?, updated = ? WHERE seq = ?`,
    ...[state, attempts, token, expires, cancelling, worker],
    ...[progress, log, checkpoint, step, events, now, seq],
  );
}

/** All columns that a job is made of. */
export type JobRow = Record<"id" | "request" | "state" | "artifacts", string> &
  Record<"attempts" | "created" | "updated", number> &
  Record<"worker" | "progress" | "decision" | "error", string | null> &
  Record<"step", number | null>;

export const JOB_COLUMNS =
  "jobs.*, (SELECT json_group_array(name) FROM artifacts WHERE job = jobs.seq) AS artifacts";

const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text));

export const timeOf = (ms: number): string => new Date(ms).toISOString();

export function jobOf(row: JobRow): Job {
  const { id, state, attempts, worker, step } = row;
  return jobSchema.parse({
    ...(JSON.parse(row.request) as object),
    ...{ id, state, attempts, worker, checkpointStep: step },
    created: timeOf(row.created),
    updated: timeOf(row.updated),
    progress: parsed(row.progress),
    artifacts: parsed(row.artifacts),
    decision: parsed(row.decision),
    error: parsed(row.error),
  });
}

const LEASED = new Set<string>(["running", "publishing"] satisfies JobState[]);

/** Whether a worker has the job. Its lease may have ended. */
export const isLeased = ({ state }: { state: string }): boolean => LEASED.has(state);

const FINISHED = new Set<string>(["done", "failed", "cancelled"] satisfies JobState[]);

export const isFinished = ({ state }: { state: string }): boolean => FINISHED.has(state);
