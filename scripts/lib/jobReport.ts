import { UserError } from "../../trainer/error.ts";
import { writeAtomically } from "../../trainer/files.ts";
import { fetchMeasures } from "../../trainer/jobs/fetchMeasures.ts";
import type { JobsClient } from "../../trainer/registry/jobs.ts";

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
