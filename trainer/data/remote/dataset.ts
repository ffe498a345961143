import {
  type DatasetEntry,
  type DatasetIndex,
  datasetVersion,
} from "../../../shared/dataset/dataset.ts";
import { UserError } from "../../error.ts";
import type { DatasetClient } from "../../registry/datasets.ts";
import { PUSHED_FILE } from "../layouts/pushed.ts";
import { contentsDigest } from "./contents.ts";

/** A version of a data set, as the registry has it. */
export interface RemoteDataset {
  name: string;
  version: string;
  index: DatasetIndex;
  /** In the order of the bytes of their keys. */
  entries: DatasetEntry[];
}

/** What is wrong with a version; null if nothing is. */
async function faultOf({ name, version, index, entries }: RemoteDataset): Promise<string | null> {
  if (index.name !== name) return `its index is of ${index.name}`;
  if (entries.length !== index.images) {
    return `it has ${entries.length} entries, its index states ${index.images}`;
  }
  const classes = new Set(index.classNames);
  const keys = new Set<string>();
  for (const { key, class: className, shard } of entries) {
    const entry = JSON.stringify(key);
    if (keys.has(key)) return `${entry} is in it twice`;
    keys.add(key);
    if (key === PUSHED_FILE) return `an image cannot be called ${entry}`;
    if (!classes.has(className)) return `the class of ${entry} is not in its index`;
    if (shard >= index.shards.length) {
      return `${entry} is in shard ${shard} of ${index.shards.length}`;
    }
  }
  // The contents of each image are checked against its entry, so this covers them, too.
  const actual = await datasetVersion(index, contentsDigest(entries));
  return actual === version ? null : `its contents are those of the version ${actual}`;
}

/**
 * Reads what a version holds.
 *
 * @throws UserError if its entries are not those that its name stands for
 */
export async function readRemote(
  client: DatasetClient,
  name: string,
  version: string,
): Promise<RemoteDataset> {
  const index = await client.index(name, version);
  const entries = await client.entries(name, version, index);
  const dataset = { name, version, index, entries };
  const fault = await faultOf(dataset);
  if (fault !== null) {
    throw new UserError(`${name}@${version} is damaged in the registry: ${fault}`);
  }
  return dataset;
}
