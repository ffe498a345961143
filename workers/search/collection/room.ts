import { layoutOf, SLOTS } from "../scan/layout.ts";

/** Bytes that a shard may have in memory. An isolate has 128 MB. */
const SHARD_BYTES = 76_000_000;

/**
 * Most items of a shard. Counts what each has beside its vector, which is more than a short vector itself, also
 * where there are no densities: another version of the model may have them.
 *
 * @param width length of a vector
 */
const shardRoom = (width: number) =>
  Math.floor((SHARD_BYTES * SLOTS) / layoutOf(width, true).blockBytes);

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
