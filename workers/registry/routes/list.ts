import type { IRequestStrict } from "itty-router";
import { MODELS_PREFIX } from "../../storage/layout.ts";
import { listFolder } from "../bucket.ts";
import { readChannels } from "../channels.ts";
import type { Env } from "../env.ts";
import { HttpError } from "../error.ts";
import { modelName, modelVersion } from "../input.ts";
import { noVersion, readVersion, readVersions } from "../versions.ts";

/** GET /models: every model with its channels. One whose first publication broke off is none yet. */
export async function listModels(_request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const { folders } = await listFolder(MODELS, MODELS_PREFIX);
  const models = await Promise.all(
    folders.map(async (name) => {
      const channels = await readChannels(MODELS, name);
      const promoted = Object.keys(channels).length > 0;
      const published = promoted || (await readVersions(MODELS, name)).length > 0;
      return published ? [{ name, channels }] : [];
    }),
  );
  return Response.json({ models: models.flat() });
}

/** GET /models/<name>: the model's versions and channels. */
export async function showModel(request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const name = modelName(request);
  const [versions, channels] = await Promise.all([
    readVersions(MODELS, name),
    readChannels(MODELS, name),
  ]);
  if (versions.length === 0) {
    throw new HttpError(404, "not_found", `there is no model "${name}"`, { param: "name" });
  }
  return Response.json({ name, versions, channels });
}

/** GET /models/<name>/<version>: one version. */
export async function showVersion(request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const name = modelName(request);
  const version = modelVersion(request);
  const found = await readVersion(MODELS, name, version);
  if (!found) throw noVersion(name, version);
  return Response.json({ name, ...found });
}
