import type { IRequestStrict } from "itty-router";
import { MODELS_PREFIX } from "../../storage/layout.ts";
import { listFolder } from "../bucket.ts";
import { readChannels } from "../channels.ts";
import type { Env } from "../env.ts";
import { HttpError } from "../../http/errors.ts";
import type { Key } from "../../http/keys.ts";
import { modelName, modelVersion } from "../input.ts";
import { demandLease, namedLease } from "../jobs/fence.ts";
import { noVersion, readVersion, readVersions } from "../versions.ts";

/**
 * GET /models: every model with its channels and its broken pointers. Leaves out a model without a
 * version and a channel, which an interrupted publication may leave.
 */
export async function listModels(_request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const { folders } = await listFolder(MODELS, MODELS_PREFIX);
  const models = await Promise.all(
    folders.map(async (name) => {
      const { channels, unreadable } = await readChannels(MODELS, name);
      const promoted = Object.keys(channels).length + unreadable.length > 0;
      return promoted || (await isPublished(MODELS, name)) ? [{ name, channels, unreadable }] : [];
    }),
  );
  return Response.json({ models: models.flat() });
}

async function isPublished(bucket: R2Bucket, name: string): Promise<boolean> {
  const { versions, unreadable } = await readVersions(bucket, name);
  return versions.length + unreadable.length > 0;
}

/** GET /models/<name>: the model's versions and channels, and its broken manifests and pointers. */
export async function showModel(request: IRequestStrict, env: Env, key: Key): Promise<Response> {
  const { MODELS } = env;
  const name = modelName(request);
  await demandLease(namedLease(request, key), env, { model: name });
  const [{ versions, unreadable }, { channels, unreadable: pointers }] = await Promise.all([
    readVersions(MODELS, name),
    readChannels(MODELS, name),
  ]);
  if (versions.length + unreadable.length === 0) {
    throw new HttpError("unknown_model", `there is no model "${name}"`, "name");
  }
  return Response.json({ name, versions, channels, unreadable: [...unreadable, ...pointers] });
}

/** GET /models/<name>/<version>: one version. */
export async function showVersion(request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const name = modelName(request);
  const version = modelVersion(request);
  const found = await readVersion(MODELS, name, version);
  if (!found) throw noVersion(name, version);
  return Response.json({ name, ...found });
}
