import { firstIssue } from "../../shared/firstIssue.ts";
import { parseJson } from "../../shared/json.ts";
import { UserError } from "../error.ts";
import { type JobMeasures, jobMeasuresSchema } from "../paper/measuredRun.ts";
import type { JobsClient } from "../registry/jobs.ts";

/**
 * The figures of a job, or why there are none.
 *
 * @returns null if its worker has sent nothing
 * @throws UserError if they are not understood
 */
export async function fetchMeasures(
  jobs: Pick<JobsClient, "artifact">,
  id: string,
): Promise<JobMeasures | null> {
  const bytes = await jobs.artifact(id, "measures");
  if (!bytes) return null;
  const parsed = jobMeasuresSchema.safeParse(parseJson(new TextDecoder().decode(bytes)));
  if (parsed.success) return parsed.data;
  const { path, message } = firstIssue(parsed.error);
  throw new UserError(
    `the measures of job ${id} are not understood, at ${path.map(String).join(".")}: ${message}; did a worker of another version send them?`,
  );
}
