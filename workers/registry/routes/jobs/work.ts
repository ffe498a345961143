import type { IRequestStrict } from "itty-router";
import {
  claimSchema,
  completeSchema,
  failSchema,
  heartbeatSchema,
} from "../../../../shared/jobs/job.ts";
import type { Env } from "../../env.ts";
import { jobId, readJson } from "../../input.ts";
import { accepted, jobsOf } from "../../jobs/call.ts";

/** A hundred lines of a log, in escapes. */
const MAX_REPORT_BYTES = 1_000_000;

/** POST /jobs/claim: leases the oldest job that a worker can do; 204 if there is none. */
export async function claimJob(request: IRequestStrict, env: Env): Promise<Response> {
  const lease = await jobsOf(env).claim(await readJson(request, claimSchema));
  return lease ? Response.json(lease) : new Response(null, { status: 204 });
}

/** POST /jobs/<id>/heartbeat: renews a lease, and notes how far the job has come. */
export async function heartbeat(request: IRequestStrict, env: Env): Promise<Response> {
  const beat = await readJson(request, heartbeatSchema, MAX_REPORT_BYTES);
  return Response.json(await accepted(jobsOf(env).heartbeat(jobId(request), beat)));
}

/** POST /jobs/<id>/complete: ends a job that has published. */
export async function completeJob(request: IRequestStrict, env: Env): Promise<Response> {
  const completion = await readJson(request, completeSchema);
  return Response.json(await accepted(jobsOf(env).complete(jobId(request), completion)));
}

/** POST /jobs/<id>/fail: ends a job that has failed, or queues it again. */
export async function failJob(request: IRequestStrict, env: Env): Promise<Response> {
  const failure = await readJson(request, failSchema, MAX_REPORT_BYTES);
  return Response.json(await accepted(jobsOf(env).fail(jobId(request), failure)));
}
