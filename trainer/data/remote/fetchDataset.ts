import type { DatasetClient } from "../../registry/datasets.ts";
import { DatasetCache } from "./cache.ts";
import { readRemote } from "./dataset.ts";
import { readEarlier } from "./earlier.ts";
import type { Release } from "./locks.ts";
import { type FetchOptions, unpackDataset } from "./unpack.ts";

/** A data set on this machine. */
export interface Fetched {
  /** `loadFolder` reads it as it reads the folder that was pushed: the same classes, order and fingerprint. */
  folder: string;
  /** Until then it stays in the cache. A process that dies releases what it uses. */
  release: Release;
  /** Removes it from the cache once it is released, because it is damaged. */
  discard: () => Promise<void>;
}

/**
 * Gets a version of a data set from the cache, or from the registry into the cache. Of what another version in the
 * cache has, nothing is downloaded.
 *
 * @param cacheFolder belongs to one machine: processes that use it know each other by their numbers
 * @param options.limitBytes bytes of images that the cache may hold; beyond it, data sets are removed that were used
 *   least recently and are not in use. Up to three shards lie beside them while they are unpacked
 * @throws UserError if the registry refuses, or does not answer, or a shard is damaged, or the cache has no room
 */
export async function fetchDataset(
  client: DatasetClient,
  name: string,
  version: string,
  cacheFolder: string,
  { limitBytes, ...options }: FetchOptions & { limitBytes: number },
): Promise<Fetched> {
  const cache = new DatasetCache(cacheFolder, limitBytes);
  const id = `${name}@${version}`;
  const lock = await cache.lock(id, options.signal);
  try {
    const release = await cache.use(id, options.signal);
    try {
      if (!(await cache.has(id))) {
        const dataset = await readRemote(client, name, version);
        await cache.reserve(id, dataset.index.bytes, options.signal);
        const before = await cache.useLatest(name, options.signal);
        try {
          const earlier = before && (await readEarlier(cache.path(before.id)));
          const all = { ...options, earlier };
          const work = await cache.takeWork(id);
          await unpackDataset(client, dataset, work, cache.path(id), all);
        } finally {
          await before?.release();
        }
      }
      const discard = () => cache.discard(id, options.signal);
      return { folder: cache.path(id), release, discard };
    } catch (error) {
      await release();
      throw error;
    }
  } finally {
    await lock.release();
  }
}
