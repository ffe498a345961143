/** Operations on the R2 bucket: conditional writes, folder lists, and reads that report broken objects. */

import { bounded } from "./boundedBucket.ts";

/** How a manifest is stored. */
export const MANIFEST_OPTIONS: R2PutOptions = { httpMetadata: { contentType: "application/json" } };

/**
 * Writes an object unless its key is taken.
 *
 * @returns the object, or null if the key is taken
 */
export async function putIfAbsent(
  bucket: R2Bucket,
  key: string,
  value: string | Uint8Array<ArrayBuffer>,
  options: R2PutOptions = {},
): Promise<R2Object | null> {
  // A header, because R2Conditional would compare * with ETags.
  const onlyIf = new Headers({ "if-none-match": "*" });
  return bucket.put(key, value, { ...options, onlyIf });
}

/** Most keys of a deletion. */
const DELETED_AT_ONCE = 1000;

/** Deletes any number of objects. */
export async function deleteKeys(bucket: R2Bucket, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += DELETED_AT_ONCE) {
    await bucket.delete(keys.slice(at, at + DELETED_AT_ONCE));
  }
}

/** Lists the names of the folders and files directly under a prefix, over all pages. */
export async function listFolder(
  bucket: R2Bucket,
  prefix: string,
): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix, delimiter: "/", cursor });
    folders.push(...page.delimitedPrefixes.map((folder) => folder.slice(prefix.length, -1)));
    files.push(...page.objects.map(({ key }) => key.slice(prefix.length)));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return { folders, files };
}

/** An object in the bucket has invalid content. */
export class BrokenObject extends Error {
  override name = "BrokenObject";
  constructor(
    readonly object: R2Object,
    cause: unknown,
  ) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    super(`${object.key} in the bucket is broken: ${problem}`, { cause });
  }
}

/** Parses the text of an object. @throws BrokenObject if `parse` throws */
export async function parseStored<T>(
  object: R2ObjectBody,
  parse: (text: string) => T | Promise<T>,
): Promise<T> {
  const text = await bounded(object.text());
  try {
    return await parse(text);
  } catch (cause) {
    throw new BrokenObject(object, cause);
  }
}

/** A broken object, as lists report it. */
export interface Unreadable {
  key: string;
  problem: string;
}

/**
 * Waits for several reads and separates the broken objects, so that one of them does not hide the others.
 *
 * @throws any error of a read other than BrokenObject
 */
export async function readAll<T>(
  reads: Promise<T>[],
): Promise<{ found: T[]; unreadable: Unreadable[] }> {
  const found: T[] = [];
  const unreadable: Unreadable[] = [];
  for (const outcome of await Promise.allSettled(reads)) {
    if (outcome.status === "fulfilled") found.push(outcome.value);
    else if (outcome.reason instanceof BrokenObject) {
      const { object, message } = outcome.reason;
      unreadable.push({ key: object.key, problem: message });
    } else throw outcome.reason;
  }
  return { found, unreadable };
}
