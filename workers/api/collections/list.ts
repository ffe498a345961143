import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Refusal, StoredItem } from "../../protocol/shard.ts";
import type { Settings } from "../env.ts";
import { shardObjects } from "./objects.ts";
import { allOrRefusal, isRefusal } from "./records.ts";

const encoder = new TextEncoder();

/** Compares texts by the bytes of their UTF-8, as SQLite does. UTF-16 orders characters beyond U+FFFF elsewhere. */
export function compareBytes(a: string, b: string): number {
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  const at = left.findIndex((byte, i) => byte !== right[i]);
  if (at < 0) return left.length - right.length;
  return (left[at] ?? -1) - (right[at] ?? -1);
}

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
    .sort((a, b) => compareBytes(a.id, b.id))
    .slice(0, limit);
}
