import type { IRequestStrict } from "itty-router";
import { HttpError } from "../../../http/errors.ts";
import { demandVersion, noVersion } from "../../datasets/store.ts";
import type { Env } from "../../env.ts";
import { datasetName, datasetVersion } from "../../input.ts";

/**
 * DELETE /datasets/<name>/<version>: deletes a version, with the shards that no other needs. If it is the latest, the
 * newest of the others becomes it.
 */
export async function removeDataset(request: IRequestStrict, env: Env): Promise<Response> {
  const { MODELS, DATASETS } = env;
  const [name, version] = [datasetName(request), datasetVersion(request)];
  await demandVersion(MODELS, name, version);
  const outcome = await DATASETS.get(DATASETS.idFromName(name)).remove(name, version);
  if (outcome === "unknown") throw noVersion(name, version);
  if (typeof outcome === "object") {
    const problem = `version ${version} of "${name}" is needed by jobs that are not finished: `;
    throw new HttpError("dataset_in_use", problem + outcome.usedBy.join(", "), "version");
  }
  return new Response(null, { status: 204 });
}
