import * as z from "zod";
import { jobIdSchema } from "../../../shared/jobs/job.ts";
import { HttpError } from "../../http/errors.ts";
import { parse } from "../../http/parse.ts";
import type { Env } from "../env.ts";
import { accepted, jobsOf } from "./call.ts";

export const tokenSchema = z.coerce.number().pipe(z.int().min(1));

/**
 * Refuses a publication for a job by a worker that has lost it: another may be publishing. A request without the headers
 * `x-job` and `x-job-token` is none for a job.
 *
 * @throws HttpError 409 lease_lost, 400 if only one of them is there
 */
export async function demandLease({ headers }: Request, env: Env): Promise<void> {
  const [job, token] = [headers.get("x-job"), headers.get("x-job-token")];
  if (job === null && token === null) return;
  if (job === null || token === null) {
    throw new HttpError("invalid_request", "send both x-job and x-job-token, or neither", "x-job");
  }
  const id = parse(jobIdSchema, job, "x-job");
  await accepted(jobsOf(env).renew(id, parse(tokenSchema, token, "x-job-token")));
}
