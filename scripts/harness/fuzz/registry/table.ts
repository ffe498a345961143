import * as z from "zod";
import {
  type Job,
  type JobEvent,
  jobSchema,
  type JobState,
  MAX_ATTEMPTS,
  STATES,
} from "../../../../shared/jobs/job.ts";
import { schemas } from "../../../../workers/registry/contract.ts";
import { Broken } from "../brokenPromise.ts";
import { keyOf, LEASE_SECONDS } from "./keys.ts";

/** What may become of a job. One whose lease has ended is claimed again, and is running once more. */
const NEXT: Record<JobState | "new", readonly JobState[]> = {
  new: ["queued"],
  queued: ["running", "cancelled"],
  running: ["running", "publishing", "queued", "done", "failed", "cancelled"],
  publishing: ["running", "queued", "done", "failed"],
  done: [],
  failed: [],
  cancelled: [],
};

async function read<T>(url: string, path: string, schema: z.ZodType<T>): Promise<T> {
  const headers = { authorization: `Bearer ${keyOf("train")}` };
  const response = await fetch(new URL(path, url), { headers });
  const text = await response.text();
  if (response.status !== 200) throw new Broken(`GET ${path} answered ${response.status}: ${text}`);
  return schema.parse(JSON.parse(text));
}

async function eventsOf(url: string, id: string): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  for (;;) {
    const after = events.at(-1)?.seq ?? 0;
    const page = await read(url, `/jobs/${id}/events?after=${after}`, schemas.JobEvents);
    if (page.events.length === 0) return events;
    events.push(...page.events);
  }
}

/** Checks what has become of a job. @throws Broken */
export function checkJob(job: Job, events: readonly JobEvent[]): void {
  const broken = (problem: string) => new Broken(`job ${job.id}: ${problem}`);
  events.forEach(({ seq }, at) => {
    if (seq !== at + 1) throw broken(`its event ${at + 1} has the number ${seq}`);
  });
  let before: JobState | "new" = "new";
  let claimed = -Infinity;
  for (const { kind, data, at } of events) {
    if (kind !== "state") continue;
    const state = z.enum(STATES).parse(data);
    if (!NEXT[before].includes(state)) throw broken(`it was ${before}, and then ${state}`);
    if (state === "running") {
      const isLost = before === "running" || before === "publishing";
      if (isLost && Date.parse(at) < claimed + 1000 * LEASE_SECONDS) {
        throw broken(`it was claimed again at ${at}, before its lease ended`);
      }
      claimed = Date.parse(at);
    }
    before = state;
  }
  const { state, attempts, worker, error, decision, checkpointStep } = job;
  // Of many finished jobs, the oldest have lost their events.
  if (events.length > 0 && before !== state)
    throw broken(`it is ${state}, but its last event is ${before}`);
  if (attempts > MAX_ATTEMPTS) throw broken(`it has ${attempts} attempts`);
  if (["running", "publishing"].includes(state) && worker === null) throw broken("nobody has it");
  if (state === "failed" && error === null) throw broken("it failed without an error");
  if ((state === "done") !== (decision !== null)) throw broken(`it is ${state}, with a decision`);
  const isOver = NEXT[state].length === 0;
  if (isOver && checkpointStep !== null) throw broken(`it is ${state}, with a checkpoint`);
}

/** Checks all jobs. @returns how many there are @throws Broken */
export async function checkJobs(url: string): Promise<number> {
  let count = 0;
  let after = "";
  for (;;) {
    const page = await read(url, `/jobs${after}`, schemas.Jobs);
    for (const { id } of page.jobs) {
      // Between a list and the events a lease may end.
      const job = await read(url, `/jobs/${id}`, jobSchema);
      checkJob(job, await eventsOf(url, id));
      count += 1;
    }
    if (page.next === null) return count;
    after = `?after=${page.next}`;
  }
}
