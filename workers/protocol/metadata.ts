import * as z from "zod";

/** Longest id, key and metadata, in bytes of UTF-8. */
export const MAX_ID_BYTES = 64;
export const MAX_KEY_BYTES = 64;
export const MAX_METADATA_BYTES = 10_240;

/** Longest filter. A shard gives it to its database as one value, which has at most 2 MB. */
const MAX_FILTER_BYTES = 500_000;

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** Control characters, and halves of characters, which UTF-8 has not. */
const UNFIT = /[\p{Cc}\p{Cs}]/u;

/** A text of at most `limit` bytes that a log or a path may hold. */
const name = (what: string, limit: number) =>
  z.string().refine((text) => {
    const bytes = bytesOf(text);
    return bytes >= 1 && bytes <= limit && !UNFIT.test(text);
  }, `${what} has 1 to ${limit} bytes of UTF-8 and no control characters`);

// A path takes . and .. for folders, so that such an item could not be read.
export const itemIdSchema = name("an id", MAX_ID_BYTES).refine(
  (id) => id !== "." && id !== "..",
  "an id is not . or ..",
);

const scalarSchema = z.union([z.string(), z.number(), z.boolean()], {
  error: "expected a string, a number or a boolean",
});

export const metadataKeySchema = name("a key", MAX_KEY_BYTES)
  .refine((key) => !key.startsWith("$"), "a key does not begin with $")
  // Copies of an object would take it for the prototype.
  .refine((key) => key !== "__proto__", "a key is not __proto__");

/** What is known of an item beside its picture. */
export const metadataSchema = z
  .record(
    metadataKeySchema,
    z.union([z.string(), z.number(), z.boolean(), z.array(z.string())], {
      error: "expected a string, a number, a boolean or a list of strings",
    }),
  )
  .refine(
    (metadata) => bytesOf(JSON.stringify(metadata)) <= MAX_METADATA_BYTES,
    `metadata has at most ${MAX_METADATA_BYTES} bytes of JSON`,
  )
  .meta({
    id: "Metadata",
    description: "Strings, numbers, booleans and lists of strings by their keys.",
  });

export type Metadata = z.infer<typeof metadataSchema>;
export type Scalar = z.infer<typeof scalarSchema>;

/** The scalar at a key; undefined if there is none, or a list. */
export function scalarAt(metadata: Metadata, key: string): Scalar | undefined {
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  return Array.isArray(value) ? undefined : value;
}

const orderable = z.union([z.number(), z.string()], { error: "expected a number or a string" });

const operatorsSchema = z
  .strictObject({
    $eq: scalarSchema.optional(),
    $ne: scalarSchema.optional(),
    $in: z.array(scalarSchema).min(1).max(100).optional(),
    $nin: z.array(scalarSchema).min(1).max(100).optional(),
    $lt: orderable.optional(),
    $lte: orderable.optional(),
    $gt: orderable.optional(),
    $gte: orderable.optional(),
  })
  .refine((operators) => Object.keys(operators).length > 0, "expected at least one operator");

export type Operators = z.infer<typeof operatorsSchema>;

/** What an item's metadata must hold: all keys, and all operators of each. */
export const filterSchema = z
  .record(metadataKeySchema, z.union([scalarSchema, operatorsSchema]))
  .refine((filter) => Object.keys(filter).length <= 16, "a filter has at most 16 keys")
  .refine(
    (filter) => bytesOf(JSON.stringify(filter)) <= MAX_FILTER_BYTES,
    `a filter has at most ${MAX_FILTER_BYTES} bytes of JSON`,
  )
  .meta({
    id: "Filter",
    description:
      'Keys of metadata with a value, or with operators such as `{"price": {"$gte": 10, "$lt": 20}}`: ' +
      "$eq, $ne, $in, $nin, $lt, $lte, $gt, $gte. All must hold. A list of strings equals each of its strings. " +
      "An item without the key meets $ne and $nin only. A string is never equal to a number.",
    examples: [{ label: "albatross" }],
  });

export type Filter = z.infer<typeof filterSchema>;
