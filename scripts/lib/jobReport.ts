import { firstIssue } from "../../shared/firstIssue.ts";
import { parseJson } from "../../shared/json.ts";
import { UserError } from "../../trainer/error.ts";
import { writeAtomically } from "../../trainer/files.ts";
import { type JobMeasures, jobMeasuresSchema } from "../../trainer/paper/measuredRun.ts";
import type { JobsClient } from "../../trainer/registry/jobs.ts";

/**
 * The figures of a job, or why there are none.
 *
 * @returns null if its worker has sent nothing
 * @throws UserError if they are not understood
 */
export async function fetchMeasures(jobs: JobsClient, id: string): Promise<JobMeasures | null> {
  const bytes = await jobs.artifact(id, "measures");
  if (!bytes) return null;
  const parsed = jobMeasuresSchema.safeParse(parseJson(new TextDecoder().decode(bytes)));
  if (parsed.success) return parsed.data;
  const { path, message } = firstIssue(parsed.error);
  throw new UserError(
    `the measures of job ${id} are not understood, at ${path.map(String).join(".")}: ${message}; did a worker of another version send them?`,
  );
}

/** Why a job has no report. */
async function reasonOf(jobs: JobsClient, id: string): Promise<string> {
  const measures = await fetchMeasures(jobs, id);
  if (measures && "obstacle" in measures) return measures.obstacle;
  const { state } = await jobs.show(id);
  const isOver = ["done", "failed", "cancelled"].includes(state);
  return isOver
    ? `the job is ${state}, and its worker sent none: npm run jobs -- follow ${id} tells more`
    : `the job is ${state}; the report comes at the end of the training`;
}

/** Saves the report of a job. @throws UserError if there is none */
export async function saveReport(jobs: JobsClient, id: string, out: string): Promise<void> {
  const page = await jobs.artifact(id, "report");
  if (!page) throw new UserError(`job ${id} has no report: ${await reasonOf(jobs, id)}`);
  await writeAtomically(out, page);
}
