/** The few things that the registry does with R2 beyond get, head and delete. */

/**
 * Writes an object that is not there yet, and never over one that is.
 *
 * @returns whether it was written
 */
export async function putIfAbsent(
  bucket: R2Bucket,
  key: string,
  value: string | Uint8Array<ArrayBuffer>,
  options: R2PutOptions = {},
): Promise<boolean> {
  // As a header: in R2Conditional the * would be one more ETag, and match none.
  const onlyIf = new Headers({ "if-none-match": "*" });
  return (await bucket.put(key, value, { ...options, onlyIf })) !== null;
}

/** The names of the folders and files that lie right under a prefix, over all pages of the list. */
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

/** Parses what lies in the bucket. @throws Error that names the object, when it does not parse */
export async function parseStored<T>(
  object: R2ObjectBody,
  parse: (text: string) => T | Promise<T>,
): Promise<T> {
  const text = await object.text();
  try {
    return await parse(text);
  } catch (cause) {
    throw new Error(`${object.key} in the bucket is broken: ${String(cause)}`, { cause });
  }
}
