import type { IRequestStrict } from "itty-router";
import * as z from "zod";
import { digestSchema } from "../../../../shared/dataset/dataset.ts";
import { toHex } from "../../../../shared/hex.ts";
import { HttpError } from "../../../http/errors.ts";
import { checkpointKey } from "../../../storage/layout.ts";
import type { Env } from "../../env.ts";
import { jobId, readQuery } from "../../input.ts";
import { accepted, jobsOf } from "../../jobs/call.ts";
import { tokenSchema } from "../../jobs/fence.ts";
import { keepForJob } from "../../jobs/keep.ts";

const MAX_CHECKPOINT_BYTES = 512_000_000;

export const putQuerySchema = z.strictObject({
  token: tokenSchema,
  step: z.coerce.number().pipe(z.int().min(0)),
  /** Of the body. */
  sha256: digestSchema,
});

export const getQuerySchema = z.strictObject({ token: tokenSchema });

/** PUT /jobs/<id>/checkpoint: streams a checkpoint to R2. It replaces the one before if the lease still holds then. */
export async function putCheckpoint(request: IRequestStrict, env: Env): Promise<Response> {
  const id = jobId(request);
  const { token, step, sha256 } = readQuery(request, putQuerySchema);
  const key = checkpointKey(id, token, step);
  const note = () => jobsOf(env).noteCheckpoint(id, token, { key, step });
  const upload = { job: id, token, key, sha256, maxBytes: MAX_CHECKPOINT_BYTES, note };
  const bytes = await keepForJob(request, env, upload);
  return Response.json({ step, bytes });
}

/** GET /jobs/<id>/checkpoint: the last checkpoint and its SHA-256, for the worker that has the job. */
export async function getCheckpoint(request: IRequestStrict, env: Env): Promise<Response> {
  const id = jobId(request);
  const { token } = readQuery(request, getQuerySchema);
  const { checkpoint } = await accepted(jobsOf(env).renew(id, token));
  const object = checkpoint === null ? null : await env.MODELS.get(checkpoint);
  if (!object) throw new HttpError("no_checkpoint", `job ${id} has no checkpoint`, "id");
  const { body, size, checksums } = object;
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(size),
    "x-sha256": toHex(new Uint8Array(checksums.sha256 ?? new ArrayBuffer(0))),
  };
  return new Response(body, { headers });
}
