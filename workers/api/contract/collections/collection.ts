import * as z from "zod";
import { modelNameSchema } from "../../../../shared/package/manifest.ts";
import { contract } from "../contract.ts";
import { collectionNameSchema, collectionParams } from "./params.ts";

/** Most items of a collection. */
export const MAX_CAPACITY = 20_000_000;
export const CAPACITY = 100_000;

const count = z.int().min(0);

const jobState = z.enum(["running", "done"]);

export const collectionSchema = z
  .strictObject({
    name: z.string(),
    model: z.string().describe("The name of its model."),
    version: z.string().describe("The version of the model that searches and embeds."),
    target: z
      .nullable(z.string())
      .describe("The promoted version, if the collection does not serve it yet."),
    state: z
      .enum(["ready", "moving", "stale"])
      .describe(
        "`ready`; `moving` to the promoted version, which its pictures are being embedded by; or `stale`: " +
          "`pending` items have no picture here and must be sent again before the promoted version can serve.",
      ),
    count: count.describe("Items."),
    pending: count.describe("Items that the target has not embedded yet."),
    capacity: count.describe("Items that there is room for."),
    store_images: z.boolean(),
    prefix: z.nullable(z.string()),
    candidates: z.enum(["scan", "vectorize"]),
    shards: z.int(),
    bytes: count.describe("Bytes of its databases."),
    densities: z
      .strictObject({ outdated: count })
      .describe("Items whose density in the collection is being taken anew in the background."),
    failed: count.describe("Items that could not be embedded: see GET errors."),
    sync: z.nullable(
      z.strictObject({ state: jobState, listed: count, changed: count, removed: count }),
    ),
    created: z.string(),
  })
  .meta({ id: "Collection" });

const prefixSchema = z
  .string()
  .max(512)
  .regex(/^[^\p{Cc}]*\/$/u, "a prefix ends in / and has no control characters");

export const putCollection = contract({
  method: "put",
  path: "/collections/:collection",
  scope: "index",
  summary: "Make a collection",
  description:
    "Makes a collection of items that are searched by a model. If it exists, its capacity may grow within its " +
    "shards; all else must be the same.",
  params: collectionParams,
  body: {
    schema: z
      .strictObject({
        model: modelNameSchema
          .optional()
          .describe("The name of its model; if not given, the default model."),
        capacity: z
          .int()
          .min(1)
          .max(MAX_CAPACITY)
          .optional()
          .describe(
            `Items that it must have room for. If not given, it stays, or is ${CAPACITY} for a new collection.`,
          ),
        store_images: z
          .boolean()
          .default(false)
          .describe(
            "Whether to keep the pictures, so that a promoted version of the model can embed them by itself.",
          ),
        prefix: prefixSchema
          .nullable()
          .default(null)
          .describe("Pictures of the bound bucket under this prefix are its items."),
        candidates: z
          .enum(["scan", "vectorize"])
          .default("scan")
          .describe(
            "Where the first candidates of a search come from: an exact scan, or the bound index of Vectorize, " +
              "which is approximate and sees writes after seconds.",
          ),
      })
      .meta({ id: "NewCollection" }),
    examples: {
      birds: {
        summary: "A collection that keeps its pictures",
        value: { capacity: 20_000, store_images: true },
      },
    },
  },
  answer: {
    description: "The collection. 201 if it is new.",
    schema: collectionSchema,
    statuses: [200, 201],
  },
  errors: [400, 404, 409, 413, 415, 503],
});

export const getCollection = contract({
  method: "get",
  path: "/collections/:collection",
  scope: "search",
  summary: "A collection",
  description: "Its items, the version of its model and what goes on in it.",
  params: collectionParams,
  answer: { description: "The collection.", schema: collectionSchema },
  errors: [400, 404, 503],
});

export const listCollections = contract({
  method: "get",
  path: "/collections",
  scope: "search",
  summary: "All collections",
  description: "All collections in the order of their names.",
  answer: {
    description: "The collections.",
    schema: z.strictObject({ collections: z.array(collectionSchema) }).meta({ id: "Collections" }),
  },
  errors: [503],
});

export const deleteCollection = contract({
  method: "delete",
  path: "/collections/:collection",
  scope: "index",
  summary: "Delete a collection",
  description: "Deletes a collection with its items and its stored pictures.",
  params: collectionParams,
  answer: {
    description: "It is deleted.",
    schema: z.strictObject({ deleted: collectionNameSchema }).meta({ id: "DeletedCollection" }),
  },
  errors: [400, 404, 503],
});
