import type { IRequestStrict } from "itty-router";
import { manifestKey, signatureKey, weightsKey } from "../../storage/layout.ts";
import { brokenChannel, readChannels } from "../channels.ts";
import type { Env } from "../env.ts";
import { HttpError } from "../../http/errors.ts";
import { modelName, modelVersion } from "../input.ts";
import { findFiles, noVersion } from "../versions.ts";

/**
 * DELETE /models/<name>/<version>: deletes a version that no channel serves.
 *
 * R2 has no transactions: a promotion of this version can come between the check and the deletion. A
 * rollback, or publishing the version again, repairs that.
 */
export async function remove(request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const name = modelName(request);
  const version = modelVersion(request);
  const files = await findFiles(MODELS, name, version);
  if (!files.some) throw noVersion(name, version);
  const { channels, unreadable } = await readChannels(MODELS, name);
  const [broken] = unreadable;
  if (broken) throw brokenChannel(broken.problem);
  const serving = Object.entries(channels).filter(([, pointer]) => pointer.version === version);
  if (serving.length > 0) {
    const names = serving.map(([channel]) => channel).join(", ");
    throw new HttpError(
      "promoted",
      `version ${version} of "${name}" is served by ${names}; promote another version there first`,
    );
  }
  // The manifest goes first: without it, the other files do not count as a version.
  await MODELS.delete(manifestKey(name, version));
  await MODELS.delete(signatureKey(name, version));
  await MODELS.delete(weightsKey(name, version));
  return new Response(null, { status: 204 });
}
