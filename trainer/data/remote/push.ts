import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import {
  DATASET_FORMAT,
  type DatasetEntry,
  type DatasetIndex,
  datasetVersion,
  entryLine,
} from "../../../shared/dataset/dataset.ts";
import { UserError } from "../../error.ts";
import { inParallel } from "../../inParallel.ts";
import type { DatasetClient, ShardName } from "../../registry/datasets.ts";
import { type Contents, contentsDigest } from "./contents.ts";
import { readRemote } from "./dataset.ts";
import { planPush } from "./plan.ts";
import { groupIntoShards, packShard } from "./shards.ts";

/** Shards that are packed and sent at a time; each is in memory. */
const AT_ONCE = 2;

/** What a push has done. */
export interface Pushed {
  version: string;
  /** Whether the registry had the version already. */
  isNew: boolean;
  /** Shards of the version, and how many of them an earlier version has. */
  shards: number;
  kept: number;
  /** Bytes of the shards that were sent. */
  sentBytes: number;
}

interface Options {
  /** Called after each shard with the bytes of the images that are dealt with, of those to pack. */
  progress: (done: number, total: number) => void;
  signal: AbortSignal;
}

function makeIndex(
  name: string,
  { classNames, trainClasses, images, bytes }: Contents,
  shards: ShardName[],
  entries: readonly DatasetEntry[],
): DatasetIndex {
  const hash = createHash("sha256");
  for (const entry of entries) hash.update(entryLine(entry));
  const counts = { images: images.length, classes: classNames.length, bytes };
  return {
    ...{ format: DATASET_FORMAT, name, ...counts },
    ...(trainClasses !== undefined && { trainClasses }),
    ...{ classNames, shards, entries: hash.digest("hex") },
  };
}

/**
 * Makes a version of a data set of what a folder holds. Sends what the registry lacks: shards that an earlier version
 * has are referred to, and those that an interrupted push has sent are packed the same again.
 *
 * @param contents what the folder holds
 * @throws UserError if a file changes meanwhile, or the registry refuses
 */
export async function pushFolder(
  client: DatasetClient,
  folder: string,
  name: string,
  contents: Contents,
  { progress, signal }: Options,
): Promise<Pushed> {
  const { images } = contents;
  // Neither shards nor entries count for the version.
  const draft = makeIndex(name, contents, [], []);
  const version = await datasetVersion(draft, contentsDigest(images));
  const there = await client.show(name);
  const isThere = there?.versions.some((it) => it.version === version) ?? false;
  const earlier = isThere ? version : there?.latest;
  const previous = earlier ? await readRemote(client, name, earlier) : null;
  if (isThere && previous && there?.latest === version) {
    const shards = previous.index.shards.length;
    return { version, isNew: false, shards, kept: shards, sentBytes: 0 };
  }

  const { kept, placeOf, fresh } = planPush(contents, previous);
  const groups = groupIntoShards(fresh);
  const total = fresh.reduce((sum, { bytes }) => sum + bytes, 0);
  const shards: ShardName[] = [...kept];
  const places = new Map(placeOf);
  let done = 0;
  let sentBytes = 0;
  progress(0, total);
  await inParallel(groups.entries(), AT_ONCE, signal, async ([at, group]) => {
    const { bytes, sha256 } = await packShard(folder, group);
    if (!(await client.hasShard(name, sha256))) {
      await client.putShard(name, sha256, bytes);
      sentBytes += bytes.length;
    }
    shards[kept.length + at] = { sha256, bytes: bytes.length };
    for (const { key, bytes: length } of group) {
      places.set(key, kept.length + at);
      done += length;
    }
    progress(done, total);
  });
  signal.throwIfAborted();

  const entries = images.map((image) => {
    const shard = places.get(image.key);
    if (shard === undefined) throw new Error(`${image.key} has no shard`);
    return { ...image, shard };
  });
  const index = makeIndex(name, contents, shards, entries);
  const lines = [`${JSON.stringify(index)}\n`, ...entries.map(entryLine)];
  const made = await client.create(name, gzipSync(lines.join("")));
  if (made.version !== version) {
    throw new UserError(
      `the registry calls what was pushed ${made.version}, which should be ${version}: one of the two is of another release`,
    );
  }
  return { version, isNew: made.isNew, shards: shards.length, kept: kept.length, sentBytes };
}
