import { setTimeout } from "node:timers/promises";
import * as z from "zod";
import {
  type Job,
  type JobEvent,
  type JobRequest,
  jobIdSchema,
  progressSchema,
} from "../../shared/jobs/job.ts";
import { UserError } from "../../trainer/error.ts";
import { describeProgress } from "../../trainer/jobs/describe.ts";
import { trainingOf } from "../../trainer/jobs/submission.ts";
import type { JobsClient } from "../../trainer/registry/jobs.ts";
import { parseConfig } from "./flags.ts";

/** Seconds between two questions for new events. */
const POLL_SECONDS = 1;

/** @throws UserError if it is none */
export function parseJobId(text: string): string {
  if (jobIdSchema.safeParse(text).success) return text;
  throw new UserError(`"${text}" is not the id of a job, which has 12 hex digits`);
}

/**
 * The configuration of a job from the flags of `npm run train`.
 *
 * @throws UserError that names the flag whose value does not fit
 */
export function jobConfig(
  given: Record<string, unknown>,
  data: string,
  name: string,
): Pick<JobRequest, "config" | "requirements"> {
  return trainingOf(parseConfig({ ...given, data, name }));
}

const linesSchema = z.array(z.string());

/** The lines that tell of an event. */
export function describeEvent({ kind, data }: JobEvent): string[] {
  if (kind === "log") return linesSchema.catch([]).parse(data);
  if (kind === "progress")
    return [describeProgress(progressSchema.nullable().catch(null).parse(data))];
  if (kind === "checkpoint") return [`checkpoint of step ${JSON.stringify(data)}`];
  return [`the job is ${typeof data === "string" ? data : "?"}`];
}

/** A line for the list. */
export function describeJob({ id, state, model, dataset, progress, updated }: Job): string {
  const from = `${model} from ${dataset.name}@${dataset.version}`;
  const far = progress ? `  ${describeProgress(progress)}` : "";
  return `${id}  ${state.padEnd(10)}  ${from}  ${updated}${far}`;
}

/** How a job has ended, or where it stands. */
export function describeEnd({ state, worker, attempts, decision, error }: Job): string[] {
  return [
    `State: ${state}${worker === null ? "" : `, by ${worker}, attempt ${attempts}`}`,
    ...(decision ? [`Decision: ${decision.reason}`] : []),
    ...(error ? [`Reason: ${error.message}`, ...error.log.map((line) => `  ${line}`)] : []),
  ];
}

/**
 * Tells the events of a job as they come, from the first to the last. Breaks of the connection only delay them.
 *
 * @returns the finished job
 */
export async function follow(
  client: JobsClient,
  id: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Job> {
  for (let after = 0; ;) {
    const { events, finished } = await client.events(id, after);
    for (const line of events.flatMap(describeEvent)) say(line);
    after = events.at(-1)?.seq ?? after;
    if (finished) return client.show(id);
    if (events.length === 0) await setTimeout(1000 * POLL_SECONDS, undefined, { signal });
  }
}
