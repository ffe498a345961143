import type { ShardName } from "../../registry/datasets.ts";
import type { Contents, Image } from "./contents.ts";
import type { RemoteDataset } from "./dataset.ts";
import { END_BYTES, packedBytes, SHARD_BYTES } from "./shards.ts";

/** A kept shard is at least this much of use; of others, the images are packed anew. */
const KEPT_SHARE = 0.5;

/** A shard below this is small: many pushes of few images would otherwise leave very many shards. */
const SMALL_BYTES = SHARD_BYTES / 4;
const MAX_SMALL = 8;

/** How a folder becomes a version. */
export interface Plan {
  /** Shards of an earlier version that are referred to. */
  kept: ShardName[];
  /** Position among the kept shards of each image that lies there. */
  placeOf: ReadonlyMap<string, number>;
  /** Images to pack, in order. */
  fresh: Image[];
}

/** Decides which shards of an earlier version serve. The same folder and version always give the same plan. */
export function planPush({ images }: Contents, previous: RemoteDataset | null): Plan {
  if (!previous) return { kept: [], placeOf: new Map(), fresh: images };
  const { index, entries } = previous;
  const before = new Map(entries.map((entry) => [entry.key, entry]));
  const sameOf = (image: Image) => {
    const entry = before.get(image.key);
    return entry?.sha256 === image.sha256 ? entry : undefined;
  };
  const used = index.shards.map(() => 0);
  let changed = false;
  for (const image of images) {
    const entry = sameOf(image);
    if (entry) used[entry.shard]! += packedBytes(image);
    else changed = true;
  }
  const serves = ({ bytes }: ShardName, at: number) =>
    used[at]! >= KEPT_SHARE * (bytes - END_BYTES);
  const small = index.shards.filter((shard, at) => serves(shard, at) && shard.bytes < SMALL_BYTES);
  const gathers = changed && small.length > MAX_SMALL;
  const kept = index.shards.filter(
    (shard, at) => serves(shard, at) && !(gathers && shard.bytes < SMALL_BYTES),
  );
  const positions = new Map(kept.map((shard, at) => [shard.sha256, at]));
  const placeOf = new Map<string, number>();
  const fresh: Image[] = [];
  for (const image of images) {
    const entry = sameOf(image);
    const place = entry && positions.get(index.shards[entry.shard]!.sha256);
    if (place === undefined) fresh.push(image);
    else placeOf.set(image.key, place);
  }
  return { kept, placeOf, fresh };
}
