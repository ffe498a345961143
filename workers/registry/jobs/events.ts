import * as z from "zod";
import { type JobEvent, jobEventSchema } from "../../../shared/jobs/job.ts";
import { timeOf } from "./row.ts";

/** How many of its last events a job keeps. */
export const KEPT_EVENTS = 5_000;

type EventRow = Record<"seq" | "at", number> & Record<"kind" | "data", string>;

const page = z.array(jobEventSchema);

/** Adds an event to a job. @param seq its number, one more than that of the event before */
export function addEvent(
  sql: SqlStorage,
  job: number,
  { seq, at, kind, data }: Omit<JobEvent, "at"> & { at: number },
): void {
  sql.exec("INSERT INTO events VALUES (?, ?, ?, ?, ?)", job, seq, at, kind, JSON.stringify(data));
  if (seq > KEPT_EVENTS) {
    sql.exec("DELETE FROM events WHERE job = ? AND seq <= ?", job, seq - KEPT_EVENTS);
  }
}

/** The first events of a job after one. */
export function readEvents(sql: SqlStorage, job: number, after: number, limit: number): JobEvent[] {
  const rows = sql.exec<EventRow>(
    "SELECT seq, at, kind, data FROM events WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?",
    ...[job, after, limit],
  );
  return page.parse(
    Array.from(rows, ({ seq, at, kind, data }) => ({
      ...{ seq, at: timeOf(at), kind },
      data: JSON.parse(data) as unknown,
    })),
  );
}
