import type { IRequestStrict } from "itty-router";
import { HttpError } from "../../http/errors.ts";
import type { Key } from "../../http/keys.ts";
import { manifestKey, weightsKey } from "../../storage/layout.ts";
import type { Env } from "../env.ts";
import { modelName, modelVersion } from "../input.ts";
import { demandLease, namedLease } from "../jobs/fence.ts";
import { noVersion } from "../versions.ts";

/** The files of a package, where they lie, and what they hold. */
const FILES = new Map([
  ["manifest.json", { keyOf: manifestKey, type: "application/json" }],
  ["weights.safetensors", { keyOf: weightsKey, type: "application/octet-stream" }],
]);

/** GET /models/<name>/<version>/package/<file>: a file of a version, as it was published. */
export async function getPackageFile(
  request: IRequestStrict,
  env: Env,
  key: Key,
): Promise<Response> {
  const name = modelName(request);
  const version = modelVersion(request);
  await demandLease(namedLease(request, key), env, { model: name });
  const found = FILES.get(request.params.file ?? "");
  if (!found) {
    const problem = `a package has the files ${[...FILES.keys()].join(" and ")}, and no "${request.params.file}"`;
    throw new HttpError("not_found", problem, "file");
  }
  const object = await env.MODELS.get(found.keyOf(name, version));
  if (!object) throw noVersion(name, version);
  const headers = { "content-type": found.type, "content-length": String(object.size) };
  return new Response(object.body, { headers });
}
