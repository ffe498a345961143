import * as z from "zod";
import { jobIdSchema } from "../../../shared/jobs/job.ts";
import { HttpError } from "../../http/errors.ts";
import type { Key } from "../../http/keys.ts";
import { parse } from "../../http/parse.ts";
import type { Env } from "../env.ts";
import { accepted, jobsOf } from "./call.ts";

export const tokenSchema = z.coerce.number().pipe(z.int().min(1));

/** The headers that name a lease. */
export const leaseHeaders = { "x-job": jobIdSchema, "x-job-token": tokenSchema };

/** The lease that a request names. */
interface NamedLease {
  id: string;
  token: number;
  /** Whether the key permits only what the job is for. */
  isLimited: boolean;
}

/**
 * The lease that a request names; null if it names none, which a key of the scope work must.
 *
 * @throws HttpError 403 wrong_scope, 400 if only one of the headers is there
 */
export function namedLease({ headers }: Request, { scope }: Key): NamedLease | null {
  const [job, token] = [headers.get("x-job"), headers.get("x-job-token")];
  const isLimited = scope === "work";
  if (job === null && token === null) {
    if (!isLimited) return null;
    const remedy = "send the headers x-job and x-job-token of a lease";
    throw new HttpError("wrong_scope", `a key of the scope work does this for a job: ${remedy}`);
  }
  if (job === null || token === null) {
    throw new HttpError("invalid_request", "send both x-job and x-job-token, or neither", "x-job");
  }
  return {
    id: parse(leaseHeaders["x-job"], job, "x-job"),
    token: parse(leaseHeaders["x-job-token"], token, "x-job-token"),
    isLimited,
  };
}

/**
 * Refuses a request for a job by a worker that has lost it: another may be publishing. With a key of the scope work,
 * also refuses what the job is not for.
 *
 * @param wanted the model that is read or published and, if one shall move, the channel
 * @throws HttpError 409 lease_lost, 404 unknown_job, 403 wrong_scope
 */
export async function demandLease(
  lease: NamedLease | null,
  env: Env,
  wanted: { model: string; channel?: string },
): Promise<void> {
  if (lease === null) return;
  const { job } = await accepted(jobsOf(env).renew(lease.id, lease.token));
  if (!lease.isLimited) return;
  const refuse = (problem: string, param: string) => {
    const rule = "a key of the scope work does only what its job is for";
    throw new HttpError("wrong_scope", `${rule}: job ${job.id} ${problem}`, param);
  };
  if (job.model !== wanted.model) {
    refuse(`makes the model "${job.model}", not "${wanted.model}"`, "name");
  }
  if (wanted.channel === undefined) return;
  if (job.promote === "never") refuse("promotes nothing", "channel");
  if (job.channel !== wanted.channel) {
    refuse(`is for the channel "${job.channel}", not "${wanted.channel}"`, "channel");
  }
}
