import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Located, Refusal } from "../../protocol/shard.ts";
import type { Settings } from "../env.ts";
import { positionsByShard, shardObject } from "./objects.ts";
import { isRefusal } from "./records.ts";

/** Items of the collection with their vectors, in the order of their ids. Unknown ids have undefined. */
export async function getItems(
  settings: Settings,
  record: CollectionRecord,
  ids: string[],
): Promise<(Located | undefined)[] | Refusal> {
  const found = new Map<string, Located>();
  const { version } = record.served;
  for (const [index, at] of positionsByShard(ids, record)) {
    const answer = await shardObject(settings, record, index).get(
      version,
      at.map((i) => ids[i]!),
    );
    if (isRefusal(answer)) return answer;
    for (const item of answer) found.set(item.id, item);
  }
  return ids.map((id) => found.get(id));
}
