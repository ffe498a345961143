import { compareKeys } from "../../../shared/compareKeys.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Refusal, StoredItem } from "../../protocol/shard.ts";
import { listItems } from "../collections/list.ts";
import { collectionObject } from "../collections/objects.ts";
import { getItems } from "../collections/getItems.ts";
import { isRefusal, unknownCollection, withCollectionOf } from "../collections/records.ts";
import type { Settings } from "../env.ts";
import type { Occasion } from "../request/select.ts";
import { idOfKey, isPicture } from "./pictures.ts";
import type { Task, TaskOf } from "./task.ts";

/** Objects that a message lists, and items that it compares them with. */
const OBJECTS = 200;
const ITEMS = 1000;

/** Pictures that one message embeds. */
const PICTURES_AT_ONCE = 16;

/** A queue takes at most 256 KB at once, and a key may have 1 KB, or 2 KB where letters are sent as UTF-16. */
const MESSAGES_AT_ONCE = 7;

/** A part of the bucket, and the part of the collection that it should be like. */
interface Part {
  objects: R2Object[];
  items: StoredItem[];
  /** Where the next part begins: behind this key without its prefix. Null after the last. */
  next: string | null;
}

/** Reads the next part. Ids are keys without their prefix, and both are in the order of their bytes. */
async function readPart(
  settings: Settings,
  bucket: R2Bucket,
  record: CollectionRecord & { prefix: string },
  after: string | null,
): Promise<Part | Refusal> {
  const { prefix } = record;
  const startAfter = after === null ? undefined : prefix + after;
  const listed = await bucket.list({ prefix, startAfter, limit: OBJECTS });
  const items = await listItems(settings, record, after, ITEMS);
  if (isRefusal(items)) return items;
  const ends = [
    listed.truncated ? listed.objects.at(-1)?.key.slice(prefix.length) : undefined,
    items.length === ITEMS ? items.at(-1)?.id : undefined,
  ].filter((end) => end !== undefined);
  const [next = null] = ends.sort(compareKeys);
  const within = (key: string) => next === null || compareKeys(key, next) <= 0;
  return {
    objects: listed.objects.filter(({ key }) => within(key.slice(prefix.length))),
    items: items.filter(({ id }) => within(id)),
    next,
  };
}

/** The keys of objects that are new or have changed, and of items whose object is gone. */
async function compare(
  occasion: Occasion,
  bucket: R2Bucket,
  record: CollectionRecord & { prefix: string },
  { objects, items }: Part,
): Promise<{ listed: number; changed: string[]; removed: string[] } | Refusal> {
  const { prefix } = record;
  const pictures = objects.filter(({ key }) => isPicture(prefix, key));
  const etags = new Map(items.map(({ id, etag }) => [id, etag]));
  const ids = await Promise.all(pictures.map(({ key }) => idOfKey(prefix, key)));
  // Items of long keys lie elsewhere in the order.
  const elsewhere = ids.filter((id) => !etags.has(id));
  const found = await getItems(occasion.settings, record, elsewhere);
  if (isRefusal(found)) return found;
  for (const item of found) if (item) etags.set(item.id, item.etag);
  const changed = pictures.filter(({ etag }, i) => etags.get(ids[i]!) !== etag);
  const listed = new Set(ids);
  const removed: string[] = [];
  for (const { id, etag, metadata } of items) {
    if (etag === null || listed.has(id)) continue;
    const key = typeof metadata.key === "string" ? metadata.key : prefix + id;
    if (key === prefix + id || !(await bucket.head(key))) removed.push(key);
  }
  return { listed: pictures.length, changed: changed.map(({ key }) => key), removed };
}

/** Compares a part of the bucket with the collection, and sends for what differs and for the next part. */
export async function syncSlice(occasion: Occasion, task: TaskOf<"sync">): Promise<void> {
  const { settings } = occasion;
  const { PICTURES: bucket, TASKS } = settings;
  const { collection: name, uid, job, from } = task;
  if (!bucket || !TASKS) return;
  const { next, listed, changed, removed } = await withCollectionOf(
    occasion,
    task,
    async (record) => {
      const { prefix } = record;
      if (prefix === null) throw unknownCollection(name);
      const part = await readPart(settings, bucket, { ...record, prefix }, from);
      if (isRefusal(part)) return part;
      const differences = await compare(occasion, bucket, { ...record, prefix }, part);
      return isRefusal(differences) ? differences : { ...differences, next: part.next };
    },
  );
  const keys = [...changed, ...removed];
  const tasks: Task[] = [];
  for (let at = 0; at < keys.length; at += PICTURES_AT_ONCE) {
    const some = keys.slice(at, at + PICTURES_AT_ONCE);
    tasks.push({ task: "pictures", collection: name, uid, keys: some });
  }
  for (let at = 0; at < tasks.length; at += MESSAGES_AT_ONCE) {
    await TASKS.sendBatch(tasks.slice(at, at + MESSAGES_AT_ONCE).map((body) => ({ body })));
  }
  const rest = await collectionObject(settings, name).stepSync(
    { job, from, next },
    { listed, changed: changed.length, removed: removed.length },
  );
  if (rest !== "nothing") await TASKS.send({ ...task, from: rest.from });
}
