import type * as z from "zod";
import type { CollectionRecord } from "../../protocol/collection.ts";
import type { collectionSchema } from "../contract/collections/collection.ts";
import type { Settings } from "../env.ts";
import { collectionObject, shardObjects } from "./objects.ts";
import { allOrRefusal, isRefusal, unknownCollection } from "./records.ts";

/** A collection as the API describes it. @throws HttpError 404 if it was deleted meanwhile */
export async function describeCollection(
  settings: Settings,
  record: CollectionRecord,
): Promise<z.output<typeof collectionSchema>> {
  const collection = collectionObject(settings, record.name);
  const [answers, failed, sync] = await Promise.all([
    Promise.all(shardObjects(settings, record).map((shard) => shard.state())),
    collection.errorCount(),
    collection.sync(),
  ]);
  const states = allOrRefusal(answers);
  if (isRefusal(states)) throw unknownCollection(record.name);
  const sum = (key: keyof (typeof states)[number]) =>
    states.reduce((total, state) => total + state[key], 0);
  const { name, model, served, target, capacity, storeImages, prefix, candidates } = record;
  const { shards, created } = record;
  const moving = sum("unpictured") > 0 ? "stale" : "moving";
  return {
    name,
    model,
    version: served.version,
    target: target?.version ?? null,
    state: target ? moving : "ready",
    count: sum("items"),
    pending: sum("pending"),
    capacity,
    store_images: storeImages,
    prefix,
    candidates,
    shards,
    bytes: sum("bytes"),
    densities: { outdated: sum("outdated") },
    failed,
    sync: sync && {
      state: sync.state,
      listed: sync.listed,
      changed: sync.changed,
      removed: sync.removed,
    },
    created,
  };
}
