import type { HttpError } from "../../http/errors.ts";
import type { ItemError } from "../../protocol/collection.ts";
import { isRefusal, readRecord } from "../collections/records.ts";
import { collectionObject, shardObject } from "../collections/objects.ts";
import { addVectors } from "../collections/candidates/vectorize.ts";
import { vectorsOf } from "../collections/vectors.ts";
import type { StoredItem } from "../../protocol/shard.ts";
import type { Settings } from "../env.ts";
import { fileItem, type Item } from "../request/items.ts";
import type { Occasion } from "../request/select.ts";
import { inSlices } from "./inSlices.ts";
import { BYTES_AT_ONCE } from "./pictures.ts";
import type { TaskOf } from "./task.ts";

/** Items that are embedded together. */
const SLICE = 16;

/** The picture of an item: the stored one, or that of the bucket, if it still is the one that was embedded. */
async function pictureOf(
  { MODELS, PICTURES }: Settings,
  { image, etag, metadata }: StoredItem,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (image) {
    const stored = await MODELS.get(image.key);
    return stored && new Uint8Array(await stored.arrayBuffer());
  }
  if (etag === null || typeof metadata.key !== "string") return null;
  const object = await PICTURES?.get(metadata.key, { onlyIf: { etagMatches: etag } });
  // Without a body it is another one now, which events or a reconciliation will bring.
  return object && "body" in object ? new Uint8Array(await object.arrayBuffer()) : null;
}

/**
 * Embeds items by the version that their collection wants next, from where a message says on. After the last one the
 * collection serves it.
 */
export const embedFrom = (occasion: Occasion, task: TaskOf<"embed">): Promise<void> =>
  inSlices(occasion, task, async (rest) => {
    const after = await embedSlice(occasion, rest);
    return after === null ? null : { ...rest, after };
  });

/** @returns the last id of the slice, if others may follow */
async function embedSlice(occasion: Occasion, task: TaskOf<"embed">): Promise<string | null> {
  const { settings } = occasion;
  const record = await readRecord(occasion, task.collection);
  const { target } = record;
  if (record.uid !== task.uid || target?.version !== task.version) return null;
  const collection = collectionObject(settings, record.name);
  const shard = shardObject(settings, record, task.shard);
  const items = await shard.pending(task.after, SLICE);
  if (isRefusal(items)) return null;
  const failed: Omit<ItemError, "attempts" | "at">[] = [];
  const pictured: { id: string; revision: number; item: Item }[] = [];
  let bytes = 0;
  // What does not fit into memory is of the next slice.
  const slice: StoredItem[] = [];
  for (const stored of items) {
    if (bytes >= BYTES_AT_ONCE) break;
    slice.push(stored);
    const { id, revision } = stored;
    const picture = await pictureOf(settings, stored);
    if (picture) {
      bytes += picture.length;
      pictured.push({ id, revision, item: fileItem(picture, id) });
    } else {
      const message = "its picture is missing or another one: send the item again, or sync";
      failed.push({ id, code: "picture_missing", message });
    }
  }
  const vectors = await vectorsOf(
    occasion,
    record.model,
    target,
    pictured.map(({ item }) => item),
    ({ code, message }: HttpError, i) => {
      failed.push({ id: pictured[i]!.id, code, message });
      return null;
    },
  );
  await shard.supply(
    target.version,
    pictured.flatMap(({ id, revision }, i) => {
      const vector = vectors[i];
      return vector ? { id, revision, vector } : [];
    }),
  );
  if (record.candidates === "vectorize") {
    const supplied = slice.flatMap(({ id, metadata }) => {
      const vector = vectors[pictured.findIndex((it) => it.id === id)];
      return vector ? [{ id, metadata, vectors: { [target.version]: vector } }] : [];
    });
    await addVectors(settings, record, supplied);
  }
  await collection.note(failed);
  await collection.settle(pictured.flatMap(({ id }, i) => (vectors[i] ? id : [])));
  if (items.length === SLICE || slice.length < items.length) return slice.at(-1)?.id ?? null;
  await collection.advance();
  return null;
}
