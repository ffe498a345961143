import type { IRequestStrict } from "itty-router";
import * as z from "zod";
import { type Artifact, ARTIFACTS } from "../../../../shared/jobs/job.ts";
import { HttpError } from "../../../http/errors.ts";
import { artifactKey } from "../../../storage/layout.ts";
import type { Env } from "../../env.ts";
import { jobId, readQuery } from "../../input.ts";
import { accepted, jobsOf } from "../../jobs/call.ts";
import { tokenSchema } from "../../jobs/fence.ts";
import { keepForJob } from "../../jobs/keep.ts";
import type { Route } from "../../route.ts";

const MAX_BYTES = 16_000_000;

const TYPES: Record<Artifact, string> = {
  measures: "application/json",
  report: "text/html; charset=utf-8",
};

const SUMMARIES: Record<Artifact, string> = {
  measures: "The figures of the trained network, or why there are none.",
  report: "The figures and pictures of the trained network, as a page that needs nothing else.",
};

/** A worker has written the page: a browser shows it as a stranger's, which runs nothing and loads nothing. */
const SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

const putQuerySchema = z.strictObject({ token: tokenSchema });

/** PUT /jobs/<id>/<artifact>: replaces the one before if the lease still holds when it has arrived. */
const put = (name: Artifact) => async (request: IRequestStrict, env: Env) => {
  const id = jobId(request);
  const { token } = readQuery(request, putQuerySchema);
  const key = artifactKey(id, token, name);
  const note = () => jobsOf(env).noteArtifact(id, token, { name, key });
  const upload = { job: id, token, key, maxBytes: MAX_BYTES, note };
  return Response.json({ name, bytes: await keepForJob(request, env, upload) });
};

/** GET /jobs/<id>/<artifact>. */
const get = (name: Artifact) => async (request: IRequestStrict, env: Env) => {
  const id = jobId(request);
  const { key } = await accepted(jobsOf(env).artifact(id, name));
  const object = key === null ? null : await env.MODELS.get(key);
  if (!object) throw new HttpError("no_artifact", `job ${id} has no ${name}`, "id");
  const headers = {
    "content-type": TYPES[name],
    "content-length": String(object.size),
    "content-security-policy": SANDBOX,
  };
  return new Response(object.body, { headers });
};

export const artifactRoutes: Route[] = ARTIFACTS.flatMap((name): Route[] => {
  const path = `/jobs/:id/${name}`;
  const content = { type: TYPES[name] };
  return [
    {
      ...{ method: "get", path, scopes: ["train", "work"], handle: get(name) },
      summary: SUMMARIES[name],
      answers: { 200: content },
      refusals: [404],
    },
    {
      ...{ method: "put", path, scopes: ["work"], handle: put(name) },
      summary: `Stores the ${name} of a job in place of what was there.`,
      query: putQuerySchema,
      body: content,
      answers: { 200: "Artifact" },
      refusals: [404, 409, 411, 413, 415],
    },
  ];
});
