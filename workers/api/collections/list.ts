import { compareKeys } from "../../../shared/compareKeys.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Refusal, StoredItem } from "../../protocol/shard.ts";
import type { Settings } from "../env.ts";
import { shardObjects } from "./objects.ts";
import { allOrRefusal, isRefusal } from "./records.ts";

/** Items of all shards in the order of their ids. @param after an id, which need not exist */
export async function listItems(
  settings: Settings,
  record: CollectionRecord,
  after: string | null,
  limit: number,
): Promise<StoredItem[] | Refusal> {
  const pages = allOrRefusal(
    await Promise.all(shardObjects(settings, record).map((shard) => shard.list(after, limit))),
  );
  if (isRefusal(pages)) return pages;
  return pages
    .flat()
    .sort((a, b) => compareKeys(a.id, b.id))
    .slice(0, limit);
}
