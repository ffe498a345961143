import type { CollectionRecord } from "../../../protocol/collection.ts";
import type { Found, Question, Refusal } from "../../../protocol/shard.ts";
import type { Settings } from "../../env.ts";
import { shardObjects } from "../objects.ts";
import { allOrRefusal } from "../records.ts";

/** What all shards find: every one scans all of its items. */
export async function scan(
  settings: Settings,
  record: CollectionRecord,
  question: Question,
): Promise<Found[] | Refusal> {
  const shards = shardObjects(settings, record);
  return allOrRefusal(await Promise.all(shards.map((shard) => shard.search(question))));
}
