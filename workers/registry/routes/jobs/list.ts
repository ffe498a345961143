import type { IRequestStrict } from "itty-router";
import * as z from "zod";
import { jobIdSchema, STATES } from "../../../../shared/jobs/job.ts";
import type { Env } from "../../env.ts";
import { jobId, readQuery } from "../../input.ts";
import { accepted, jobsOf, unknownJob } from "../../jobs/call.ts";

/** A job may have 200 KB with its configuration and error, and the list is one message of an object, of 32 MB. */
const MOST = 50;

export const listQuerySchema = z.strictObject({
  state: z.enum(STATES).optional(),
  group: z.string().max(64).optional(),
  after: jobIdSchema.optional(),
  limit: z.coerce.number().pipe(z.int().min(1).max(MOST)).default(MOST),
});

/** GET /jobs: jobs, newest first. */
export async function listJobs(request: IRequestStrict, env: Env): Promise<Response> {
  const { state = null, group = null, after = null, limit } = readQuery(request, listQuerySchema);
  const jobs = await jobsOf(env).list({ state, group, after, limit });
  // A full page may be the last.
  const next = jobs.length === limit ? (jobs.at(-1)?.id ?? null) : null;
  return Response.json({ jobs, next });
}

/** GET /jobs/<id>. */
export async function showJob(request: IRequestStrict, env: Env): Promise<Response> {
  const id = jobId(request);
  const job = await jobsOf(env).get(id);
  if (!job) throw unknownJob(id);
  return Response.json(job);
}

/** DELETE /jobs/<id>: cancels a job. The worker that has it learns so at its next heartbeat. */
export async function cancelJob(request: IRequestStrict, env: Env): Promise<Response> {
  return Response.json(await accepted(jobsOf(env).cancel(jobId(request))));
}
