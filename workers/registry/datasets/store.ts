import * as z from "zod";
import {
  type DatasetIndex,
  datasetVersionSchema,
  digestSchema,
  indexSchema,
} from "../../../shared/dataset/dataset.ts";
import { HttpError } from "../../http/errors.ts";
import {
  entriesKey,
  indexesPrefix,
  indexKey,
  latestKey,
  shardKey,
  shardsPrefix,
} from "../../storage/layout.ts";
import { deleteKeys, parseStored } from "../bucket.ts";

/** A version of a data set, as lists describe it. */
export interface DatasetVersion {
  version: string;
  images: number;
  classes: number;
  bytes: number;
  created: string;
}

const count = z.coerce.number().int();

/** What lists need of an index, kept beside it: an index may have megabytes. */
const summarySchema = z.object({
  images: count,
  classes: count,
  bytes: count,
  entries: digestSchema,
});

export const summaryOf = ({ images, classes, bytes, entries }: DatasetIndex) => ({
  images: String(images),
  classes: String(classes),
  bytes: String(bytes),
  entries,
});

export const noVersion = (name: string, version: string, param = "version") =>
  new HttpError("unknown_dataset", `data set "${name}" has no version ${version}`, param);

/**
 * Refuses a version that is not there, before its object is asked: every name that is asked for would make an object.
 *
 * @throws HttpError 404 unknown_dataset
 */
export async function demandVersion(
  bucket: R2Bucket,
  name: string,
  version: string,
  param = "version",
): Promise<void> {
  if (!(await bucket.head(indexKey(name, version)))) throw noVersion(name, version, param);
}

/** All objects under a prefix. */
async function* listed(bucket: R2Bucket, prefix: string): AsyncGenerator<R2Object, void> {
  let cursor: string | undefined;
  do {
    // The types are those of an older runtime, which always included them.
    const options = { prefix, cursor, include: ["customMetadata"] };
    const page = await bucket.list(options);
    yield* page.objects;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

const fileName = (prefix: string, { key }: R2Object) =>
  key.slice(prefix.length).replace(/\.\w+$/, "");

/** The versions of a data set, newest first. */
export async function readVersions(bucket: R2Bucket, name: string): Promise<DatasetVersion[]> {
  const prefix = indexesPrefix(name);
  const versions: DatasetVersion[] = [];
  for await (const object of listed(bucket, prefix)) {
    const { images, classes, bytes } = summarySchema.parse(object.customMetadata);
    const created = object.uploaded.toISOString();
    versions.push({ version: fileName(prefix, object), images, classes, bytes, created });
  }
  return versions.sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
}

/** @throws BrokenObject if the index is invalid */
export async function readIndex(
  bucket: R2Bucket,
  name: string,
  version: string,
): Promise<{ index: DatasetIndex; created: string } | undefined> {
  const object = await bucket.get(indexKey(name, version));
  if (!object) return undefined;
  const index = await parseStored(object, (text) => indexSchema.parse(JSON.parse(text)));
  return { index, created: object.uploaded.toISOString() };
}

/** The key of the entries of a version. */
export async function findEntries(
  bucket: R2Bucket,
  name: string,
  version: string,
): Promise<string | undefined> {
  const object = await bucket.head(indexKey(name, version));
  return object ? entriesKey(name, summarySchema.parse(object.customMetadata).entries) : undefined;
}

const latestSchema = z.strictObject({ version: datasetVersionSchema, updated: z.iso.datetime() });

/** The version that was pushed last; null if there is none. */
export async function readLatest(bucket: R2Bucket, name: string): Promise<string | null> {
  const object = await bucket.get(latestKey(name));
  if (!object) return null;
  const { version } = await parseStored(object, (text) => latestSchema.parse(JSON.parse(text)));
  return version;
}

export async function writeLatest(
  bucket: R2Bucket,
  name: string,
  version: string | undefined,
): Promise<void> {
  if (version === undefined) return bucket.delete(latestKey(name));
  const updated = new Date().toISOString();
  await bucket.put(latestKey(name), JSON.stringify({ version, updated }));
}

/** The position of the first shard of an index that is not there with its size; undefined if all are. */
export async function missingShard(
  bucket: R2Bucket,
  { name, shards }: DatasetIndex,
): Promise<number | undefined> {
  const prefix = shardsPrefix(name);
  const sizes = new Map<string, number>();
  for await (const object of listed(bucket, prefix)) {
    sizes.set(fileName(prefix, object), object.size);
  }
  const position = shards.findIndex(({ sha256, bytes }) => sizes.get(sha256) !== bytes);
  return position < 0 ? undefined : position;
}

const keysOf = ({ name, shards, entries }: DatasetIndex) => [
  entriesKey(name, entries),
  ...shards.map(({ sha256 }) => shardKey(name, sha256)),
];

/** Deletes the entries and shards of an index that no version needs. */
export async function release(bucket: R2Bucket, index: DatasetIndex): Promise<void> {
  const unused = new Set(keysOf(index));
  for (const { version } of await readVersions(bucket, index.name)) {
    const needed = await readIndex(bucket, index.name, version);
    for (const key of needed ? keysOf(needed.index) : []) unused.delete(key);
  }
  await deleteKeys(bucket, [...unused]);
}
