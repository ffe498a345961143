/** Bytes of int8 vectors that a shard may have in memory. An isolate has 128 MB. */
const SHARD_BYTES = 64_000_000;

/** The scan reads 16 bytes at a time. */
const strideOf = (width: number) => Math.ceil(width / 16) * 16;

/** Most items of a shard. @param width length of a vector */
const shardRoom = (width: number) => Math.floor(SHARD_BYTES / strideOf(width));

/** Most items that fit into a number of shards. */
export const roomOf = (shards: number, width: number): number => shards * shardRoom(width);

/** How many shards a collection needs. */
export const shardsFor = (capacity: number, width: number): number =>
  Math.ceil(capacity / shardRoom(width));

/**
 * The most items of each shard. Ids are spread evenly only on average, so that several shards have room for six
 * standard deviations more than their share.
 */
export function shardLimit(capacity: number, shards: number): number {
  if (shards === 1) return capacity;
  const share = capacity / shards;
  return Math.ceil(share + 6 * Math.sqrt(share));
}
