import { sha256 } from "../../../shared/package/digest.ts";
import type { ItemError } from "../../protocol/collection.ts";
import { MAX_ID_BYTES, MAX_METADATA_BYTES, type Metadata } from "../../protocol/metadata.ts";
import { collectionObject } from "../collections/objects.ts";
import { isRefusal, unknownCollection, withCollection } from "../collections/records.ts";
import { type Entry, remove, write } from "../collections/write.ts";
import type { Occasion } from "../request/select.ts";
import type { TaskOf } from "./task.ts";

const encoder = new TextEncoder();

/** The id of the item of an object: its key behind the prefix, or the SHA-256 of it if that is too long. */
export async function idOfKey(prefix: string, key: string): Promise<string> {
  const id = key.slice(prefix.length);
  return encoder.encode(id).length <= MAX_ID_BYTES ? id : sha256(id);
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
  entry?: Entry;
  failure?: Failure;
}

async function look(bucket: R2Bucket, prefix: string, key: string, limit: number): Promise<Seen> {
  const id = await idOfKey(prefix, key);
  const object = await bucket.get(key);
  if (!object) return { key, id, etag: null };
  const { etag, size } = object;
  if (size > limit) {
    await object.body.cancel();
    const message = `${key} has ${size} bytes; the limit is ${limit}`;
    return { key, id, etag, failure: { id, code: "image_too_large", message } };
  }
  const picture = new Uint8Array(await object.arrayBuffer());
  const item = { kind: "image" as const, where: key, bytes: () => picture };
  return { key, id, etag, entry: { id, item, metadata: metadataOf(prefix, key), etag } };
}

/**
 * Writes or removes the items of objects as the bucket holds them now, whatever the events said: so events that
 * come late, twice or in another order end in the right state.
 */
export async function followPictures(
  occasion: Occasion,
  { collection: name, uid, keys }: TaskOf<"pictures">,
): Promise<void> {
  const { settings } = occasion;
  const { PICTURES: bucket, MAX_IMAGE_BYTES, TASKS } = settings;
  if (!bucket) return;
  const { seen, outcomes } = await withCollection(occasion, name, async (record) => {
    const { prefix } = record;
    if (record.uid !== uid || prefix === null) throw unknownCollection(name);
    const own = keys.filter((key) => isPicture(prefix, key));
    // One after the other, so that few pictures are in memory.
    const looked: Seen[] = [];
    for (const key of own) looked.push(await look(bucket, prefix, key, MAX_IMAGE_BYTES));
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
}
