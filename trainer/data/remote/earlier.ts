import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetEntry } from "../../../shared/dataset/dataset.ts";
import { readPushed } from "../layouts/pushed.ts";
import type { ReadImage } from "./readShard.ts";

/** Another version of a data set on this machine, whose images need not be downloaded again. */
export interface Earlier {
  folder: string;
  /** SHA-256 of each image, by its key. */
  digests: ReadonlyMap<string, string>;
}

/** Reads which images a version on this machine has. @returns null if it is not whole */
export async function readEarlier(folder: string): Promise<Earlier | null> {
  const pushed = await readPushed(folder).catch(() => null);
  if (!pushed) return null;
  return { folder, digests: new Map(pushed.entries.map(({ key, sha256 }) => [key, sha256])) };
}

/** Whether an earlier version has all images of a shard. */
export const hasAll = ({ digests }: Earlier, entries: readonly DatasetEntry[]): boolean =>
  entries.every(({ key, sha256 }) => digests.get(key) === sha256);

/** Reads images of an earlier version. Ends early at one that is no longer as it was. */
export async function* readEarlierImages(
  { folder }: Earlier,
  entries: readonly DatasetEntry[],
): AsyncGenerator<ReadImage> {
  for (const entry of entries) {
    const bytes = await readFile(join(folder, entry.key)).catch(() => null);
    if (!bytes || createHash("sha256").update(bytes).digest("hex") !== entry.sha256) return;
    yield { entry, bytes };
  }
}
