import * as z from "zod";
import { HttpError } from "../../http/errors.ts";
import { mediaTypeOf, parseForm, unsupported } from "../../http/content.ts";
import { parse } from "../../http/parse.ts";
import { itemIdSchema, metadataSchema } from "../../protocol/metadata.ts";
import type { AppContext } from "../app.ts";
import { MAX_ITEMS_AT_ONCE, putItems } from "../contract/collections/items.ts";
import { readBytes, readJson } from "../request/body.ts";
import { fileItem, parseItem } from "../request/items.ts";
import type { Entry } from "./prepare.ts";

/** An entry of a request, or why it is none. */
export type ReadEntry = { entry: Entry } | { error: HttpError; id: string | null };

const entrySchema = z
  .strictObject({
    id: itemIdSchema,
    image: z.string().optional(),
    embedding: z
      .custom<unknown[]>((value) => Array.isArray(value), "expected a list of numbers")
      .optional(),
    metadata: metadataSchema.default({}),
  })
  .refine(
    ({ image, embedding }) => (image === undefined) !== (embedding === undefined),
    'expected either "image" or "embedding"',
  );

function orError(id: unknown, read: () => Entry): ReadEntry {
  try {
    return { entry: read() };
  } catch (error) {
    if (error instanceof HttpError) return { error, id: typeof id === "string" ? id : null };
    throw error;
  }
}

function checkCount(count: number): void {
  if (count <= MAX_ITEMS_AT_ONCE) return;
  throw new HttpError(
    "batch_too_large",
    `the request has ${count} items; the limit is ${MAX_ITEMS_AT_ONCE}`,
    "items",
  );
}

function fromItem(value: unknown, where: string): ReadEntry {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : null;
  return orError(id, () => {
    const { image, embedding, ...rest } = parse(entrySchema, value, where);
    const item = parseItem(image === undefined ? { embedding } : { image }, where);
    return { ...rest, item, etag: null };
  });
}

/** The field of a form that holds the metadata of files by their names. */
const METADATA = "metadata";

/** A form has a file for each item, whose field is named by the id, and may have a field `metadata`. */
async function fromForm(c: AppContext): Promise<ReadEntry[]> {
  const form = await parseForm(c.req.raw, await readBytes(c));
  const files: [string, Blob][] = [];
  let metadata = new Map<string, unknown>();
  // The platform's types know no files in forms.
  const fields: Iterable<[string, unknown]> = form;
  for (const [name, value] of fields) {
    if (value instanceof Blob) files.push([name, value]);
    else if (name === METADATA) metadata = readMetadata(value);
    else throw new HttpError("invalid_request", `${name} is not a file`, name);
  }
  checkCount(files.length);
  if (files.length === 0) throw new HttpError("invalid_request", "the form has no files");
  const names = new Set(files.map(([name]) => name));
  for (const id of metadata.keys()) {
    if (names.has(id)) continue;
    const where = `${METADATA}.${id}`;
    throw new HttpError("invalid_request", `${where}: the form has no file "${id}"`, where);
  }
  const entries: ReadEntry[] = [];
  for (const [name, file] of files) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const where = `files[${entries.length}]`;
    entries.push(
      orError(name, () => ({
        id: parse(itemIdSchema, name, where),
        item: fileItem(bytes, where),
        metadata: parse(metadataSchema, metadata.get(name) ?? {}, `${METADATA}.${name}`),
        etag: null,
      })),
    );
  }
  return entries;
}

/** By the ids, any of which may be the name of something that every object has. */
function readMetadata(value: unknown): Map<string, unknown> {
  try {
    const byId: unknown = JSON.parse(String(value));
    parse(z.looseObject({}), byId, METADATA);
    return new Map(Object.entries(byId ?? {}));
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError("invalid_json", `${METADATA} is not JSON`, METADATA);
  }
}

/**
 * Reads the items of a request. Those that are wrong do not lose the others.
 *
 * @throws HttpError 400, 413, 415 if the request as a whole is wrong
 */
export async function readEntries(c: AppContext): Promise<ReadEntry[]> {
  switch (mediaTypeOf(c.req.raw)) {
    case "application/json": {
      const { items } = parse(putItems.body.schema, await readJson(c));
      checkCount(items.length);
      return items.map((value, i) => fromItem(value, `items[${i}]`));
    }
    case "multipart/form-data":
      return fromForm(c);
    default:
      throw unsupported(c.req.raw, "application/json or multipart/form-data");
  }
}
