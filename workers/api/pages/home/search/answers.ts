import * as z from "zod/mini";

/** Schemas of the parts of the answers about collections that the page reads. */

const metadata = z.record(z.string(), z.unknown());

export const collectionSchema = z.object({
  name: z.string(),
  model: z.string(),
  version: z.string(),
  target: z.nullable(z.string()),
  state: z.enum(["ready", "moving", "stale"]),
  count: z.number(),
  pending: z.number(),
  capacity: z.number(),
  store_images: z.boolean(),
  prefix: z.nullable(z.string()),
  densities: z.object({ outdated: z.number() }),
  failed: z.number(),
});

export type Collection = z.infer<typeof collectionSchema>;

export const collectionsSchema = z.object({ collections: z.array(collectionSchema) });

export const itemsSchema = z.object({
  items: z.array(z.object({ id: z.string(), metadata, sha256: z.nullable(z.string()) })),
  next: z.nullable(z.string()),
});

export const writtenSchema = z.object({
  errors: z.array(z.object({ index: z.number(), code: z.string(), message: z.string() })),
});

export const foundSchema = z.object({
  ranking: z.enum(["s", "d"]),
  results: z.array(
    z.object({
      id: z.string(),
      score: z.number(),
      probability: z.number(),
      distance: z.number(),
      metadata,
    }),
  ),
});

export type Found = z.infer<typeof foundSchema>;
export type Result = Found["results"][number];

export const jobSchema = z.object({
  state: z.enum(["running", "done"]),
  done: z.number(),
  total: z.number(),
});

export const duplicatesSchema = z.extend(jobSchema, {
  groups: z.array(z.object({ items: z.array(z.string()), probability: z.number() })),
  truncated: z.boolean(),
});

export type Duplicates = z.infer<typeof duplicatesSchema>;
export type Group = Duplicates["groups"][number];

export const deletedSchema = z.object({ deleted: z.string() });
