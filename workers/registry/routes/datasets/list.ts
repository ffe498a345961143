import type { IRequestStrict } from "itty-router";
import { HttpError } from "../../../http/errors.ts";
import { DATASETS_PREFIX } from "../../../storage/layout.ts";
import { listFolder } from "../../bucket.ts";
import {
  findEntries,
  noVersion,
  readIndex,
  readLatest,
  readVersions,
} from "../../datasets/store.ts";
import type { Env } from "../../env.ts";
import { datasetName, datasetVersion } from "../../input.ts";

/** GET /datasets: every data set that has a version, with the latest. */
export async function listDatasets(_request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const { folders } = await listFolder(MODELS, DATASETS_PREFIX);
  const all = await Promise.all(
    folders.map(async (name) => ({ name, latest: await readLatest(MODELS, name) })),
  );
  return Response.json({ datasets: all.filter(({ latest }) => latest !== null) });
}

/** GET /datasets/<name>: the versions, newest first. */
export async function showDataset(request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const name = datasetName(request);
  const [latest, versions] = await Promise.all([
    readLatest(MODELS, name),
    readVersions(MODELS, name),
  ]);
  if (versions.length === 0) {
    throw new HttpError("unknown_dataset", `there is no data set "${name}"`, "name");
  }
  return Response.json({ name, latest, versions });
}

/** GET /datasets/<name>/<version>: the index of a version. */
export async function showDatasetVersion(
  request: IRequestStrict,
  { MODELS }: Env,
): Promise<Response> {
  const [name, version] = [datasetName(request), datasetVersion(request)];
  const found = await readIndex(MODELS, name, version);
  if (!found) throw noVersion(name, version);
  return Response.json({ ...found.index, version, created: found.created });
}

/** GET /datasets/<name>/<version>/entries: a line of JSON for each image, in the order of their keys. */
export async function showEntries(request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const [name, version] = [datasetName(request), datasetVersion(request)];
  const key = await findEntries(MODELS, name, version);
  const object = key === undefined ? null : await MODELS.get(key);
  if (!object) throw noVersion(name, version);
  const headers = { "content-type": "application/x-ndjson", etag: object.httpEtag };
  return new Response(object.body, { headers });
}
