import { createReadStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type DatasetEntry, entryLine } from "../../../shared/dataset/dataset.ts";
import { UserError } from "../../error.ts";
import { inParallel } from "../../inParallel.ts";
import type { DatasetClient, ShardName } from "../../registry/datasets.ts";
import { PUSHED_FILE } from "../layouts/pushed.ts";
import type { RemoteDataset } from "./dataset.ts";
import { type Earlier, hasAll, readEarlierImages } from "./earlier.ts";
import { explainFullDisk } from "./fullDisk.ts";
import { readShard, type ReadImage } from "./readShard.ts";

/** Shards that are downloaded and unpacked at a time. */
const AT_ONCE = 3;

export interface FetchOptions {
  /** Called with the bytes of shards that have come, of all. */
  progress: (done: number, total: number) => void;
  signal: AbortSignal;
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Writes images below a folder.
 *
 * @param made folders that are there already
 * @returns how many there were
 */
async function writeImages(
  images: AsyncIterable<ReadImage>,
  folder: string,
  made: Set<string>,
): Promise<number> {
  let count = 0;
  for await (const { entry, bytes } of images) {
    // The keys of entries do not lead out of the folder; names of the archive are only compared with them.
    const path = join(folder, entry.key);
    const parent = dirname(path);
    if (!made.has(parent)) {
      await mkdir(parent, { recursive: true });
      made.add(parent);
    }
    await writeFile(path, bytes);
    count += 1;
  }
  return count;
}

/** @throws UserError if a crash of the machine has left an image that is not whole */
async function checkWhole(folder: string, work: string, entries: DatasetEntry[]): Promise<void> {
  for (const { key, bytes } of entries) {
    const found = await stat(join(folder, key)).catch(() => null);
    if (found?.size === bytes) continue;
    await rm(work, { recursive: true, force: true });
    throw new UserError(
      `${join(folder, key)} was not written whole before an interruption; what was unpacked is removed, so try again`,
    );
  }
}

/**
 * Downloads a data set and unpacks it as a folder that `loadFolder` reads as it reads the one that was pushed. Each
 * shard is unpacked as soon as it is there. Goes on where it was interrupted.
 *
 * @param work a folder for what is unfinished; other calls must not use it
 * @param folder where the data set goes at last; nothing, or an empty folder, may be there
 * @param options.earlier a version from which shards are taken if it has all their images
 * @throws UserError if a shard is not what its entries state, or the registry refuses, or the disk is full
 */
export async function unpackDataset(
  client: DatasetClient,
  dataset: RemoteDataset,
  work: string,
  folder: string,
  options: FetchOptions & { earlier?: Earlier | null },
): Promise<void> {
  try {
    await unpack(client, dataset, work, folder, options);
  } catch (error) {
    const { name, version, index } = dataset;
    const shards = index.shards.slice(0, AT_ONCE).reduce((sum, { bytes }) => sum + bytes, 0);
    const needed = { what: `${name}@${version}, unpacked,`, bytes: index.bytes + shards };
    throw await explainFullDisk(error, dirname(work), needed);
  }
}

async function unpack(
  client: DatasetClient,
  { name, index, entries }: RemoteDataset,
  work: string,
  folder: string,
  { progress, signal, earlier = null }: FetchOptions & { earlier?: Earlier | null },
): Promise<void> {
  const [images, shards, done] = ["images", "shards", "done"].map((part) => join(work, part));
  if (!images || !shards || !done) throw new Error("three folders");
  for (const part of [images, shards, done]) await mkdir(part, { recursive: true });
  const entriesOf: DatasetEntry[][] = index.shards.map(() => []);
  for (const entry of entries) entriesOf[entry.shard]?.push(entry);

  const total = index.shards.reduce((sum, { bytes }) => sum + bytes, 0);
  const arrived = index.shards.map(() => 0);
  let sum = 0;
  const tell = (at: number, bytes: number) => {
    sum += bytes - (arrived[at] ?? 0);
    arrived[at] = bytes;
    progress(sum, total);
  };
  const made = new Set<string>();
  const copy = async (of: DatasetEntry[]) =>
    earlier !== null &&
    hasAll(earlier, of) &&
    (await writeImages(readEarlierImages(earlier, of), images, made)) === of.length;
  const download = async (at: number, shard: ShardName, of: DatasetEntry[]) => {
    const tar = join(shards, `${shard.sha256}.tar`);
    if (!(await exists(tar))) {
      const part = `${tar}.part`;
      await client.downloadShard(name, shard, part, (bytes) => tell(at, bytes));
      await rename(part, tar);
    }
    try {
      const contents = { ...shard, entries: of };
      await writeImages(readShard(createReadStream(tar), contents), images, made);
    } finally {
      // A refused one, too, so that the next try downloads it again.
      await rm(tar);
    }
  };
  let resumed = false;
  await inParallel(index.shards.entries(), AT_ONCE, signal, async ([at, shard]) => {
    const mark = join(done, shard.sha256);
    if (await exists(mark)) {
      resumed = true;
    } else {
      const of = entriesOf[at] ?? [];
      if (!(await copy(of))) await download(at, shard, of);
      await writeFile(mark, "");
    }
    tell(at, shard.bytes);
  });
  signal.throwIfAborted();
  if (resumed) await checkWhole(images, work, entries);

  const lines = [`${JSON.stringify(index)}\n`, ...entries.map(entryLine)];
  await writeFile(join(images, PUSHED_FILE), lines);
  await mkdir(dirname(folder), { recursive: true });
  await rename(images, folder);
  await rm(work, { recursive: true, force: true });
}
