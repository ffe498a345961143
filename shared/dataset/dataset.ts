import * as z from "zod";
import { sha256 } from "../package/digest.ts";

/**
 * A data set: labelled images in tar archives of about 32 MB ("shards"), in the layout of WebDataset
 * (https://github.com/webdataset/webdataset): `<key>` is the path of an image below the folder that was pushed. A version
 * is named by its content, so that it never changes under a reader; shards are named by theirs, so that versions share
 * them.
 */

export const DATASET_FORMAT = "pddm-dataset/1";

export const datasetNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    "a data set's name: lower-case letters, digits and -, at most 63",
  );

export const datasetVersionSchema = z.string().regex(/^[0-9a-f]{16}$/, "a version: 16 hex digits");

export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256: 64 hex digits");

/** Longest shard, in bytes. A pusher begins another at about half of it. */
export const MAX_SHARD_BYTES = 64_000_000;

/** Longest image. */
export const MAX_IMAGE_BYTES = 32_000_000;

/** Most images of a version. */
export const MAX_IMAGES = 2_000_000;

/** `..` and empty parts could lead out of a folder; a back slash is a separator on Windows. */
const isSafe = (key: string) =>
  !/[\p{Cc}\p{Cs}\\]/u.test(key) &&
  key.split("/").every((part) => part !== "" && part !== "." && part !== "..");

export const keySchema = z
  .string()
  .min(1)
  .max(512)
  .refine(isSafe, "a path below the folder, with /, without . and ..");

/** An image of a data set. */
export const entrySchema = z.strictObject({
  key: keySchema,
  class: z.string().min(1).max(256),
  bytes: z.int().min(1).max(MAX_IMAGE_BYTES),
  sha256: digestSchema,
  /** Position of its shard in the list of the index. */
  shard: z.int().min(0),
});

export type DatasetEntry = z.infer<typeof entrySchema>;

export const indexSchema = z.strictObject({
  format: z.literal(DATASET_FORMAT),
  name: datasetNameSchema,
  images: z.int().min(1).max(MAX_IMAGES),
  classes: z.int().min(1),
  /** Bytes of all images. */
  bytes: z.int().min(1),
  /** How many of the first classes train, where the set itself says so. */
  trainClasses: z.int().min(1).optional(),
  /** Names of all classes, in the order in which they are split. */
  classNames: z.array(z.string().min(1).max(256)).min(1),
  shards: z
    .array(z.strictObject({ sha256: digestSchema, bytes: z.int().min(1).max(MAX_SHARD_BYTES) }))
    .min(1),
  /** SHA-256 of the entries as they are stored: a line of JSON for each, in the order of their keys. */
  entries: digestSchema,
});

export type DatasetIndex = z.infer<typeof indexSchema>;

/** The lines of the entries, as they are stored. */
export const entryLine = ({
  key,
  class: name,
  bytes,
  sha256: digest,
  shard,
}: DatasetEntry): string =>
  `${JSON.stringify({ key, class: name, bytes, sha256: digest, shard })}\n`;

/** The line of an entry that counts for the version. JSON, because both the class and the key may hold blanks. */
export const contentsLine = ({
  key,
  class: name,
  sha256: digest,
}: Pick<DatasetEntry, "key" | "class" | "sha256">): string =>
  `${JSON.stringify([digest, name, key])}\n`;

/**
 * The version of a data set: the start of the SHA-256 of its index. Shards do not count, so that the same images give
 * the same version however they were packed.
 *
 * @param contents SHA-256 over the `contentsLine`s of the entries, in the order of the bytes of their keys
 */
export async function datasetVersion(index: DatasetIndex, contents: string): Promise<string> {
  const { format, name, trainClasses = null, classNames } = index;
  const text = JSON.stringify([format, name, trainClasses, classNames, contents]);
  return (await sha256(text)).slice(0, 16);
}
