import { sha256 } from "../../../../shared/package/digest.ts";
import { collectionDensity } from "../../../../shared/pddm/density.ts";
import { HttpError } from "../../../http/errors.ts";
import type { CollectionRecord } from "../../../protocol/collection.ts";
import type { Metadata } from "../../../protocol/metadata.ts";
import type { Candidate, Found, Located, Question, Refusal } from "../../../protocol/shard.ts";
import type { Space, Vector } from "../../../protocol/vector.ts";
import type { Settings } from "../../env.ts";
import { getItems } from "../getItems.ts";
import { isRefusal } from "../records.ts";
import { scan } from "./scan.ts";

/**
 * Candidates from an index of Vectorize (https://developers.cloudflare.com/vectorize/) instead of the exact scan, for
 * collections past what their shards can scan. It has no local emulation: what is here was tested for the
 * documented shapes of requests and answers only. Its index is approximate, and sees writes after seconds. Filters
 * need a metadata index of each key.
 */

/** The most that Vectorize answers with metadata. */
const MOST = 50;

/** The key of metadata that holds the id of the item, as ids of vectors are of the whole index. */
const ITEM = "_item";

function indexOf({ VECTORIZE }: Settings): Vectorize {
  if (VECTORIZE) return VECTORIZE;
  throw new HttpError(
    "collections_unavailable",
    "this collection takes its candidates from Vectorize: bind the index VECTORIZE in wrangler.toml",
  );
}

const namespaceOf = ({ uid }: CollectionRecord, version: string) => `${uid.slice(-36)}/${version}`;

const vectorId = (record: CollectionRecord, version: string, id: string) =>
  sha256(`${namespaceOf(record, version)}/${id}`);

/** Adds the vectors of items by all of their versions. */
export async function addVectors(
  settings: Settings,
  record: CollectionRecord,
  items: { id: string; metadata: Metadata; vectors: Record<string, Vector> }[],
): Promise<void> {
  const vectors = await Promise.all(
    items.flatMap(({ id, metadata, vectors: byVersion }) =>
      Object.entries(byVersion).map(async ([version, { place, embedding }]) => ({
        id: await vectorId(record, version, id),
        namespace: namespaceOf(record, version),
        values: Array.from(place ?? embedding),
        metadata: { ...metadata, [ITEM]: id },
      })),
    ),
  );
  if (vectors.length > 0) await indexOf(settings).upsert(vectors);
}

/** Removes the vectors of items by the versions that the collection has or wants. */
export async function removeVectors(
  settings: Settings,
  record: CollectionRecord,
  ids: string[],
): Promise<void> {
  const versions = [record.served, record.target].flatMap((space) => space?.version ?? []);
  const all = versions.flatMap((version) => ids.map((id) => vectorId(record, version, id)));
  if (all.length > 0) await indexOf(settings).deleteByIds(await Promise.all(all));
}

const product = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, k) => sum + value * b[k]!, 0);

function candidateOf(
  item: Located,
  query: Float32Array,
  { local }: Space,
  items: number,
): Candidate {
  const { id, metadata, vector, nearest } = item;
  const cosine = product(query, vector.place ?? vector.embedding);
  const { reference = 0 } = vector;
  const density =
    nearest === null ? reference : collectionDensity(nearest, reference, items - 1, 0);
  return { id, metadata, vector, nearest, score: local ? 2 * cosine - density : cosine };
}

/** The ids that Vectorize finds. */
async function idsOf(
  settings: Settings,
  record: CollectionRecord,
  { query, version, excluded }: Question,
  filter: Question["filter"],
): Promise<string[]> {
  const { matches } = await indexOf(settings).query(query, {
    topK: MOST,
    namespace: namespaceOf(record, version),
    returnMetadata: "all",
    ...(filter && { filter }),
  });
  return matches.flatMap(({ metadata }) => {
    const id = metadata?.[ITEM];
    return typeof id === "string" && !excluded.includes(id) ? [id] : [];
  });
}

/** What Vectorize finds, with the vectors and densities that the shards hold. */
export async function lookUp(
  settings: Settings,
  record: CollectionRecord,
  question: Question,
): Promise<Found[] | Refusal> {
  const { query, filter, neighbours } = question;
  const ids = await idsOf(settings, record, question, filter);
  // A density is of the whole collection.
  const near = filter && neighbours > 0 ? await idsOf(settings, record, question, undefined) : ids;
  // The sizes and shifts, without a scan.
  const surroundings = await scan(settings, record, { ...question, candidates: 0, neighbours: 0 });
  if (isRefusal(surroundings)) return surroundings;
  const located = await getItems(settings, record, [...new Set([...ids, ...near])]);
  if (isRefusal(located)) return located;
  const items = surroundings.reduce((sum, shard) => sum + shard.items, 0);
  const present = new Map(located.flatMap((item) => (item ? [[item.id, item] as const] : [])));
  const itemsOf = (some: string[]) => some.flatMap((id) => present.get(id) ?? []);
  const candidates = itemsOf(ids).map((item) => candidateOf(item, query, record.served, items));
  const cosines = itemsOf(near)
    .map(({ vector }) => product(query, vector.place ?? vector.embedding))
    .sort((a, b) => b - a)
    .slice(0, neighbours);
  return surroundings.map((shard, i) =>
    i === 0 ? { ...shard, candidates, cosines } : { ...shard, candidates: [], cosines: [] },
  );
}
