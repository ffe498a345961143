import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Refusal } from "../../protocol/shard.ts";
import type { Occasion } from "../request/select.ts";
import { deleteOrphans, moveOn } from "./afterwards.ts";
import { removeVectors } from "./candidates/vectorize.ts";
import { positionsByShard, shardObject } from "./objects.ts";
import { isRefusal } from "./records.ts";

/** Removes items and their pictures. @returns the ids that were there, or a refusal */
export async function remove(
  { settings, waitUntil }: Occasion,
  record: CollectionRecord,
  ids: string[],
): Promise<string[] | Refusal> {
  const removed: string[] = [];
  const pictures: string[] = [];
  for (const [index, at] of positionsByShard(ids, record)) {
    const answer = await shardObject(settings, record, index).remove(at.map((i) => ids[i]!));
    if (isRefusal(answer)) return answer;
    removed.push(...answer.map(({ id }) => id));
    pictures.push(...answer.flatMap(({ image }) => image?.key ?? []));
  }
  if (record.candidates === "vectorize") await removeVectors(settings, record, removed);
  if (record.target) waitUntil(moveOn(settings, record, removed));
  waitUntil(deleteOrphans(settings, pictures));
  return removed;
}
