import { HttpError } from "../../http/errors.ts";
import type { JobRefusal, JobsRpc } from "../../protocol/jobs.ts";
import type { Env } from "../env.ts";

/** The table of jobs. */
export const jobsOf = ({ JOBS }: Env): JobsRpc => JOBS.get(JOBS.idFromName("jobs"));

const isRefusal = (answer: object): answer is JobRefusal => "refused" in answer;

/** @throws HttpError 404 unknown_job, 409 lease_lost, 409 job_finished if the table has refused */
export async function accepted<T extends object>(
  answer: T | JobRefusal | Promise<T | JobRefusal>,
): Promise<T> {
  const given = await answer;
  if (isRefusal(given)) throw new HttpError(given.refused, given.message);
  return given;
}

export const unknownJob = (id: string): HttpError =>
  new HttpError("unknown_job", `there is no job ${id}`, "id");
