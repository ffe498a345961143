import { HttpError } from "../../http/errors.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Refusal } from "../../protocol/shard.ts";
import type { Occasion } from "../request/select.ts";
import { collectionObject } from "./objects.ts";
import { followPromotion } from "./followPromotion.ts";

interface Known {
  record: CollectionRecord;
  read: number;
}

/** What this isolate knows of collections. Shards refuse what is out of date. */
const known = new Map<string, Known>();

const MOST_KNOWN = 1000;

/** How often a request begins anew because the collection has moved to another version meanwhile. */
const ATTEMPTS = 4;

export const unknownCollection = (name: string): HttpError =>
  new HttpError("unknown_collection", `there is no collection "${name}"`, "collection");

/** @throws HttpError 404 if there is no such collection, 503 if there is no search Worker */
export async function readRecord(occasion: Occasion, name: string): Promise<CollectionRecord> {
  const record = await collectionObject(occasion.settings, name).record();
  if (!record) {
    known.delete(name);
    throw unknownCollection(name);
  }
  remember(record);
  occasion.waitUntil(followPromotion(occasion, record));
  return record;
}

/** Notes what a collection is now. */
export function remember(record: CollectionRecord): void {
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(record.name, { record, read: Date.now() });
}

async function recentRecord(occasion: Occasion, name: string): Promise<CollectionRecord> {
  const there = known.get(name);
  const isRecent = there && Date.now() - there.read < 1000 * occasion.settings.REFRESH_SECONDS;
  return isRecent ? there.record : readRecord(occasion, name);
}

export const isRefusal = (answer: unknown): answer is Refusal =>
  typeof answer === "object" && answer !== null && "refused" in answer;

/**
 * Does something with a collection. If a shard finds that what is known of the collection is out of date, reads
 * it anew and does it again.
 *
 * @param work must be fit to be done again
 * @throws HttpError 404 if there is no such collection, 503 if it goes on changing
 */
export async function withCollection<T>(
  occasion: Occasion,
  name: string,
  work: (record: CollectionRecord) => Promise<T | Refusal>,
): Promise<T> {
  let record = await recentRecord(occasion, name);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const done = await work(record);
    if (!isRefusal(done)) return done;
    record = await readRecord(occasion, name);
  }
  throw new HttpError(
    "collections_unavailable",
    `the collection "${name}" is moving to another version: try again`,
  );
}

/**
 * The same with a collection that a message is about.
 *
 * @throws HttpError 404, too, if another one has its name now
 */
export function withCollectionOf<T>(
  occasion: Occasion,
  { collection, uid }: { collection: string; uid: string },
  work: (record: CollectionRecord) => Promise<T | Refusal>,
): Promise<T> {
  // What is known here may be the one that had the name before.
  if (known.get(collection)?.record.uid !== uid) known.delete(collection);
  return withCollection(occasion, collection, (record) => {
    if (record.uid !== uid) throw unknownCollection(collection);
    return work(record);
  });
}

/** The answers of all shards, or the refusal of one. */
export function allOrRefusal<T>(answers: (T | Refusal)[]): T[] | Refusal {
  const whole: T[] = [];
  for (const answer of answers) {
    if (isRefusal(answer)) return answer;
    whole.push(answer);
  }
  return whole;
}
