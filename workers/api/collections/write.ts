import { sha256 } from "../../../shared/package/digest.ts";
import { HttpError } from "../../http/errors.ts";
import { logError } from "../../http/log.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Metadata } from "../../protocol/metadata.ts";
import type { NewItem, Refusal } from "../../protocol/shard.ts";
import { pictureKey } from "../../storage/layout.ts";
import type { Settings } from "../env.ts";
import type { Item } from "../request/items.ts";
import type { Occasion } from "../request/select.ts";
import { addVectors, removeVectors } from "./candidates/vectorize.ts";
import { type Settling, settle } from "./neighbourhoods.ts";
import { collectionObject, positionsByShard, shardObject } from "./objects.ts";
import { isRefusal } from "./records.ts";
import { vectorsOf } from "./vectors.ts";

/** An item to write. */
export interface Entry {
  id: string;
  item: Item;
  metadata: Metadata;
  /** ETag of the object of the bucket that it follows. */
  etag: string | null;
}

/** What became of an entry. */
export type Outcome = "created" | "replaced" | HttpError;

const full = ({ name, capacity }: CollectionRecord) =>
  new HttpError(
    "collection_full",
    `the collection "${name}" has no room beyond its capacity of ${capacity}: PUT a larger capacity, delete ` +
      "items, or make a larger collection",
  );

/** @returns undefined if the picture is not in base64, which embedding it will tell */
function pictureOf({ item }: Entry): Uint8Array<ArrayBuffer> | undefined {
  try {
    return item.kind === "image" ? item.bytes() : undefined;
  } catch (error) {
    if (error instanceof HttpError) return undefined;
    throw error;
  }
}

/** Embeds an entry by all versions that its collection wants. */
async function prepare(
  occasion: Occasion,
  record: CollectionRecord,
  entries: Entry[],
  onFailure: (error: HttpError, index: number) => null,
): Promise<(NewItem | null)[]> {
  const { served, target, model, storeImages } = record;
  const items = entries.map(({ item }) => item);
  const byServed = await vectorsOf(occasion, model, served, items, onFailure);
  // What fails by the target alone stays pending there, so that it does not keep the item out.
  const byTarget = target
    ? await vectorsOf(occasion, model, target, items, () => null).catch((error: unknown) => {
        logError(error, { collection: record.name });
        return [];
      })
    : [];
  return Promise.all(
    entries.map(async (entry, i): Promise<NewItem | null> => {
      const vector = byServed[i];
      if (!vector) return null;
      const next = byTarget[i];
      const picture = pictureOf(entry);
      const digest = picture ? await sha256(picture) : null;
      let image: NewItem["image"] = null;
      if (storeImages && picture && digest) {
        const key = pictureKey(record.uid);
        await occasion.settings.MODELS.put(key, picture);
        image = { key };
      }
      return {
        id: entry.id,
        metadata: entry.metadata,
        sha256: digest,
        image,
        etag: entry.etag,
        vectors: {
          [served.version]: vector,
          ...(target && next && { [target.version]: next }),
        },
      };
    }),
  );
}

/** Deletes pictures that no item refers to any more. A failure leaves them until the collection is deleted. */
async function deleteOrphans({ MODELS }: Settings, keys: string[]): Promise<void> {
  if (keys.length > 0) await MODELS.delete(keys).catch((error: unknown) => logError(error, {}));
}

/** Serves the target if what was sent again, or is gone, was the last that it was waiting for. */
async function moveOn(settings: Settings, { name }: CollectionRecord, ids: string[]) {
  const collection = collectionObject(settings, name);
  await collection.settle(ids);
  await collection.advance();
}

/**
 * Embeds entries and writes them. Those that fail do not keep the others out.
 *
 * @returns what became of each, or a refusal, after which the same may be done again
 */
export async function write(
  occasion: Occasion,
  record: CollectionRecord,
  entries: Entry[],
): Promise<Outcome[] | Refusal> {
  const { settings } = occasion;
  const outcomes: Outcome[] = [];
  const prepared = await prepare(occasion, record, entries, (error, index) => {
    outcomes[index] = error;
    return null;
  });
  const ids = entries.map(({ id }) => id);
  const answers = await Promise.all(
    Array.from(positionsByShard(ids, record), async ([index, all]) => {
      const at = all.filter((place) => prepared[place]);
      const items = at.map((place) => prepared[place]!);
      return [at, await shardObject(settings, record, index).put(items)] as const;
    }),
  );
  const orphans: string[] = [];
  const settling: Settling[] = [];
  let refusal: Refusal | undefined;
  for (const [at, answer] of answers) {
    if (isRefusal(answer)) {
      orphans.push(...at.flatMap((place) => prepared[place]?.image?.key ?? []));
      if (answer.refused !== "full") refusal = answer;
      for (const place of at) outcomes[place] = full(record);
      continue;
    }
    for (const [i, written] of answer.entries()) {
      const place = at[i]!;
      const item = prepared[place]!;
      outcomes[place] = written.created ? "created" : "replaced";
      if (written.orphan) orphans.push(written.orphan.key);
      const vector = item.vectors[record.served.version];
      if (vector?.place) settling.push({ ...written, place: vector.place });
    }
  }
  occasion.waitUntil(deleteOrphans(settings, orphans));
  if (refusal) return refusal;
  if (settling.length > 0) {
    await settle(settings, record, settling).catch((error: unknown) =>
      logError(error, { collection: record.name }),
    );
  }
  const { target } = record;
  if (target) {
    const done = prepared.flatMap((item, i) =>
      item?.vectors[target.version] && typeof outcomes[i] === "string" ? item.id : [],
    );
    occasion.waitUntil(moveOn(settings, record, done));
  }
  if (record.candidates === "vectorize") {
    const written = prepared.filter((item, i) => item && typeof outcomes[i] === "string");
    await addVectors(
      settings,
      record,
      written.filter((item) => item !== null),
    );
  }
  return outcomes;
}

/** Removes items and their pictures. @returns the ids that were there, or a refusal */
export async function remove(
  { settings, waitUntil }: Occasion,
  record: CollectionRecord,
  ids: string[],
): Promise<string[] | Refusal> {
  const removed: string[] = [];
  const pictures: string[] = [];
  for (const [index, at] of positionsByShard(ids, record)) {
    const answer = await shardObject(settings, record, index).remove(at.map((i) => ids[i]!));
    if (isRefusal(answer)) return answer;
    removed.push(...answer.map(({ id }) => id));
    pictures.push(...answer.flatMap(({ image }) => image?.key ?? []));
  }
  if (record.candidates === "vectorize") await removeVectors(settings, record, removed);
  if (record.target) waitUntil(moveOn(settings, record, removed));
  waitUntil(deleteOrphans(settings, pictures));
  return removed;
}
