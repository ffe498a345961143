import { HttpError } from "../../http/errors.ts";
import type { CollectionRecord, CollectionRpc } from "../../protocol/collection.ts";
import type { ShardRpc } from "../../protocol/shard.ts";
import type { Settings } from "../env.ts";

const unavailable = () =>
  new HttpError(
    "collections_unavailable",
    "this Worker has no collections: deploy the search Worker and bind COLLECTIONS and SHARDS in wrangler.toml",
  );

/** @throws HttpError 503 if there is no search Worker */
export function collectionObject({ COLLECTIONS }: Settings, name: string): CollectionRpc {
  if (!COLLECTIONS) throw unavailable();
  return COLLECTIONS.get(COLLECTIONS.idFromName(name));
}

type Shards = Pick<CollectionRecord, "uid" | "shards">;

/** @throws HttpError 503 if there is no search Worker */
export function shardObject({ SHARDS }: Settings, { uid }: Shards, index: number): ShardRpc {
  if (!SHARDS) throw unavailable();
  return SHARDS.get(SHARDS.idFromName(`${uid}/${index}`));
}

/** All shards of a collection. */
export const shardObjects = (settings: Settings, record: Shards): ShardRpc[] =>
  Array.from({ length: record.shards }, (_, index) => shardObject(settings, record, index));

/** The shard that an id belongs to: FNV-1a of its bytes, which spreads ids evenly. */
function shardOf(id: string, { shards }: Shards): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(id)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % shards;
}

/** The positions of ids in a list, by the shards that they belong to. */
export function positionsByShard(ids: string[], record: Shards): Map<number, number[]> {
  const positions = new Map<number, number[]>();
  for (const [position, id] of ids.entries()) {
    const shard = shardOf(id, record);
    const there = positions.get(shard);
    if (there) there.push(position);
    else positions.set(shard, [position]);
  }
  return positions;
}
