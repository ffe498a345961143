import * as z from "zod";
import type { CollectionRecord, Pair, Rest } from "../../protocol/collection.ts";
import { collectionObject, shardObject } from "../collections/objects.ts";
import { isRefusal, withCollectionOf } from "../collections/records.ts";
import { getItems } from "../collections/getItems.ts";
import { search } from "../collections/search.ts";
import type { Refusal } from "../../protocol/shard.ts";
import type { Occasion } from "../request/select.ts";
import { inSlices } from "./inSlices.ts";
import type { TaskOf } from "./task.ts";

/** Items that are compared between two notes of the progress. */
const SLICE = 32;

/** Embeddings so close are those of copies: duplicates, whatever the probability says of two different pictures. */
const COPY_DISTANCE = 1e-3;

/** Most duplicates of an item that are found from it. More are found from the others. */
const MOST = 25;

/** Where a slice begins: behind an id of a shard. */
interface Place {
  shard: number;
  after: string | null;
}

const placeSchema = z.tuple([z.int(), z.nullable(z.string())]);

const write = ({ shard, after }: Place) => JSON.stringify([shard, after]);

function read(from: string | null): Place {
  if (from === null) return { shard: 0, after: null };
  const [shard, after] = placeSchema.parse(JSON.parse(from));
  return { shard, after };
}

/** What a slice has found. `next` is null after the last. */
interface Sliced {
  pairs: Pair[];
  compared: number;
  next: Place | null;
}

async function compare(
  occasion: Occasion,
  record: CollectionRecord,
  { shard, after }: Place,
  minProbability: number,
): Promise<Sliced | Refusal> {
  const items = await shardObject(occasion.settings, record, shard).list(after, SLICE);
  if (isRefusal(items)) return items;
  const located = await getItems(
    occasion.settings,
    record,
    items.map(({ id }) => id),
  );
  if (isRefusal(located)) return located;
  const pairs: Pair[] = [];
  for (const item of located) {
    if (!item) continue;
    const wanted = { topK: MOST, minProbability: 0, excluded: [item.id] };
    const found = await search(occasion, record, item.vector, wanted);
    if (isRefusal(found)) return found;
    for (const { id, score, distance, ...other } of found) {
      const probability = distance < COPY_DISTANCE ? 1 : other.probability;
      if (probability >= minProbability) pairs.push({ a: item.id, b: id, score, probability });
    }
  }
  const last = items.at(-1);
  const isLast = shard + 1 === record.shards;
  const behind = isLast ? null : { shard: shard + 1, after: null };
  const next = items.length === SLICE && last ? { shard, after: last.id } : behind;
  return { pairs, compared: items.length, next };
}

/** Compares items with all others, from where a message says on, and sends for the rest. */
export const compareFrom = (occasion: Occasion, task: TaskOf<"duplicates">): Promise<void> =>
  inSlices(occasion, task, async (rest) => {
    const next = await compareSlice(occasion, rest);
    return next === "nothing" ? null : { ...rest, ...next };
  });

async function compareSlice(occasion: Occasion, task: TaskOf<"duplicates">): Promise<Rest> {
  const { settings } = occasion;
  const collection = collectionObject(settings, task.collection);
  const job = await collection.duplicateJob();
  if (job?.id !== task.job || job.state !== "running") return "nothing";
  const { minProbability } = job;
  const sliced = await withCollectionOf(occasion, task, (record) =>
    compare(occasion, record, read(task.from), minProbability),
  );
  return collection.addPairs(
    { job: task.job, from: task.from, next: sliced.next && write(sliced.next) },
    sliced.compared,
    sliced.pairs,
  );
}
