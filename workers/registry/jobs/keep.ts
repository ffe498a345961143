import type { JobRefusal } from "../../protocol/jobs.ts";
import type { Env } from "../env.ts";
import { declaredLength, storeBody } from "../upload.ts";
import { accepted, jobsOf } from "./call.ts";

/** An upload of the worker that has a job. */
interface Upload {
  job: string;
  /** Of its lease. */
  token: number;
  /** Of its own: it never replaces another object. */
  key: string;
  /** Of the body, if the client says it. */
  sha256?: string;
  maxBytes: number;
  /** Notes it in the table. @returns the key of what it replaces */
  note: () => Promise<{ former: string | null } | JobRefusal>;
}

/**
 * Streams a body to R2. It replaces the one before if the lease still holds then, and is gone otherwise.
 *
 * @returns its length
 * @throws HttpError 404 unknown_job, 409 lease_lost, 400 incomplete_body, 411, 413, 415, 422
 */
export async function keepForJob(
  request: Request,
  env: Env,
  { job, token, key, sha256, maxBytes, note }: Upload,
): Promise<number> {
  const bytes = declaredLength(request, maxBytes);
  await accepted(jobsOf(env).renew(job, token));
  await storeBody(env.MODELS, key, request, bytes, { sha256 });
  const noted = await note();
  const unused = "refused" in noted ? key : noted.former;
  // The end of the job deletes the checkpoints that are left here.
  if (unused !== null) await env.MODELS.delete(unused).catch(() => undefined);
  await accepted(noted);
  return bytes;
}
