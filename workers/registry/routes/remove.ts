import type { IRequestStrict } from "itty-router";
import { manifestKey, signatureKey, weightsKey } from "../../storage/layout.ts";
import { MANIFEST_OPTIONS, putIfAbsent } from "../bucket.ts";
import { brokenChannel, readChannels } from "../channels.ts";
import type { Env } from "../env.ts";
import { HttpError } from "../../http/errors.ts";
import { modelName, modelVersion } from "../input.ts";
import { findFiles, noVersion } from "../versions.ts";

/** @throws HttpError 409 if a channel serves the version, or if it is unknown what a channel serves */
async function refuseServed(bucket: R2Bucket, name: string, version: string): Promise<void> {
  const { channels, unreadable } = await readChannels(bucket, name);
  const [broken] = unreadable;
  if (broken) throw brokenChannel(broken.problem);
  const serving = Object.entries(channels).filter(([, pointer]) => pointer.version === version);
  if (serving.length === 0) return;
  const names = serving.map(([channel]) => channel).join(", ");
  throw new HttpError(
    "promoted",
    `version ${version} of "${name}" is served by ${names}; promote another version there first`,
  );
}

/**
 * DELETE /models/<name>/<version>: deletes a version that no channel serves.
 *
 * R2 has no transactions, so this looks at the channels again after the manifest is gone, and puts it back if
 * one has moved to the version. A channel that moves later finds no manifest and moves back (`moveChannel`).
 */
export async function remove(request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const name = modelName(request);
  const version = modelVersion(request);
  const files = await findFiles(MODELS, name, version);
  if (!files.some) throw noVersion(name, version);
  await refuseServed(MODELS, name, version);
  const key = manifestKey(name, version);
  const stored = await MODELS.get(key);
  const manifest = stored && new Uint8Array(await stored.arrayBuffer());
  // The manifest goes first: without it, the other files do not count as a version.
  await MODELS.delete(key);
  try {
    await refuseServed(MODELS, name, version);
  } catch (refusal) {
    if (manifest) await putIfAbsent(MODELS, key, manifest, MANIFEST_OPTIONS);
    throw refusal;
  }
  await MODELS.delete([signatureKey(name, version), weightsKey(name, version)]);
  // A publication in between saw the weights and wrote only the manifest.
  await MODELS.delete(key);
  return new Response(null, { status: 204 });
}
