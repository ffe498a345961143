import { sha256 } from "../../../shared/package/digest.ts";
import type { ItemError } from "../../protocol/collection.ts";
import { itemIdSchema, MAX_METADATA_BYTES, type Metadata } from "../../protocol/metadata.ts";
import { collectionObject } from "../collections/objects.ts";
import { isRefusal, unknownCollection, withCollectionOf } from "../collections/records.ts";
import type { Entry } from "../collections/prepare.ts";
import { remove } from "../collections/remove.ts";
import { write } from "../collections/write.ts";
import { fileItem } from "../request/items.ts";
import type { Occasion } from "../request/select.ts";
import type { TaskOf } from "./task.ts";

/** Pictures are embedded together until they have so many bytes: an isolate has 128 MB. */
export const BYTES_AT_ONCE = 8_000_000;

/** The id of the item of an object: its key behind the prefix, or the SHA-256 of it if that is no id. */
export async function idOfKey(prefix: string, key: string): Promise<string> {
  const id = key.slice(prefix.length);
  return itemIdSchema.safeParse(id).success ? id : sha256(id);
}

/** The folder of a picture is its label. */
function metadataOf(prefix: string, key: string): Metadata {
  const [label, ...rest] = key.slice(prefix.length).split("/");
  return {
    key,
    ...(rest.length > 0 && label && label.length < MAX_METADATA_BYTES / 2 && { label }),
  };
}

/** Whether an object may be a picture: not the end of a "folder", and not hidden. */
export const isPicture = (prefix: string, key: string): boolean =>
  key.startsWith(prefix) && !key.endsWith("/") && !/(^|\/)[._]/.test(key.slice(prefix.length));

type Failure = Omit<ItemError, "attempts" | "at">;

/** What the bucket holds under a key. */
interface Seen {
  key: string;
  id: string;
  /** Null if there is no such object. */
  etag: string | null;
  /** Of the picture in memory. */
  bytes: number;
  entry?: Entry;
  failure?: Failure;
}

async function look(bucket: R2Bucket, prefix: string, key: string, limit: number): Promise<Seen> {
  const id = await idOfKey(prefix, key);
  const object = await bucket.get(key);
  if (!object) return { key, id, etag: null, bytes: 0 };
  const { etag, size } = object;
  if (size > limit) {
    await object.body.cancel();
    const message = `${key} has ${size} bytes; the limit is ${limit}`;
    return { key, id, etag, bytes: 0, failure: { id, code: "image_too_large", message } };
  }
  const picture = new Uint8Array(await object.arrayBuffer());
  const item = fileItem(picture, key);
  const entry = { id, item, metadata: metadataOf(prefix, key), etag };
  return { key, id, etag, bytes: size, entry };
}

/**
 * Writes or removes the items of objects as the bucket holds them now, whatever the events said: so events that
 * come late, twice or in another order end in the right state.
 */
export async function followPictures(occasion: Occasion, task: TaskOf<"pictures">): Promise<void> {
  let { keys } = task;
  while (keys.length > 0) keys = keys.slice(await followSome(occasion, { ...task, keys }));
}

/** @returns how many of the keys, from the first on, were followed: few pictures are in memory at once */
async function followSome(occasion: Occasion, task: TaskOf<"pictures">): Promise<number> {
  const { collection: name, uid, keys } = task;
  const { settings } = occasion;
  const { PICTURES: bucket, MAX_IMAGE_BYTES, TASKS } = settings;
  if (!bucket) return keys.length;
  let followed = 0;
  const { seen, outcomes } = await withCollectionOf(occasion, task, async (record) => {
    const { prefix } = record;
    if (prefix === null) throw unknownCollection(name);
    const looked: Seen[] = [];
    followed = 0;
    for (let bytes = 0; followed < keys.length && bytes < BYTES_AT_ONCE; followed++) {
      const key = keys[followed]!;
      if (!isPicture(prefix, key)) continue;
      const seenNow = await look(bucket, prefix, key, MAX_IMAGE_BYTES);
      bytes += seenNow.bytes;
      looked.push(seenNow);
    }
    const written = await write(
      occasion,
      record,
      looked.flatMap(({ entry }) => entry ?? []),
    );
    if (isRefusal(written)) return written;
    // A picture that cannot be embedded must not be found as what it was before.
    const gone = looked.filter(({ etag, failure }) => etag === null || failure);
    const removed = await remove(
      occasion,
      record,
      gone.map(({ id }) => id),
    );
    return isRefusal(removed) ? removed : { seen: looked, outcomes: written };
  });
  const results = [...outcomes];
  const failed = seen.flatMap(({ id, entry, failure }): Failure[] => {
    const outcome = entry && results.shift();
    if (outcome instanceof Error) return [{ id, code: outcome.code, message: outcome.message }];
    return failure ? [failure] : [];
  });
  const isFailed = new Set(failed.map(({ id }) => id));
  const collection = collectionObject(settings, name);
  await collection.note(failed);
  await collection.settle(seen.flatMap(({ id }) => (isFailed.has(id) ? [] : id)));
  const changed: string[] = [];
  for (const { key, etag } of seen) {
    if (((await bucket.head(key))?.etag ?? null) !== etag) changed.push(key);
  }
  if (changed.length > 0) {
    await TASKS?.send({ task: "pictures", collection: name, uid, keys: changed });
  }
  return followed;
}
