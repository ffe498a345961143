import * as z from "zod";
import {
  filterSchema,
  itemIdSchema,
  metadataKeySchema,
  metadataSchema,
} from "../../../protocol/metadata.ts";
import { contract } from "../contract.ts";
import { vectorSchema } from "../embed.ts";
import { EXAMPLE_IMAGE, itemSchema } from "../item.ts";
import { answeredBy } from "../model.ts";
import { rankingSchema } from "../similarity.ts";
import { collectionParams } from "./params.ts";

/** Most results of a search. */
export const MAX_TOP_K = 100;

/** Most examples of a query, positive and negative together. */
export const MAX_EXAMPLES = 20;

export const idSchema = z
  .strictObject({ id: itemIdSchema })
  .meta({ id: "ItemId", description: "An item of the collection. It is not among the results." });

const exampleSchema = z.union([itemSchema, idSchema]);

/** An item of the request, or one of the collection. `readExample` checks it with the schema that fits. */
const anExample = z.custom<z.input<typeof exampleSchema>>().meta({
  anyOf: [{ $ref: "#/components/schemas/Item" }, { $ref: "#/components/schemas/ItemId" }],
});

export const examplesSchema = z
  .strictObject({
    positives: z.array(anExample).min(1).max(MAX_EXAMPLES),
    negatives: z.array(anExample).max(MAX_EXAMPLES).default([]),
  })
  .meta({
    id: "Examples",
    description:
      "Looks for what is like the positives and unlike the negatives: the mean of the positives, plus its " +
      "difference from the mean of the negatives.",
  });

export const includeSchema = z.array(z.enum(["metadata", "embedding"]));

export const searchFields = z.strictObject({
  top_k: z
    .int()
    .min(1)
    .max(MAX_TOP_K)
    .default(10)
    .describe(`The most results, at most ${MAX_TOP_K}; 10 if not given.`),
  filter: filterSchema.optional(),
  group_by: metadataKeySchema
    .optional()
    .describe("A key of metadata: only the best item of each of its values is answered."),
  min_probability: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe("Results of a lower probability are left out."),
  include: includeSchema
    .default(["metadata"])
    .describe("What a result holds beside its scores; metadata if not given."),
});

export const search = contract({
  method: "post",
  path: "/collections/:collection/search",
  scope: "search",
  summary: "Search a collection",
  description:
    "The items that are most similar to a picture, to an item, or to examples. The search is exact: all items " +
    "that meet the filter are compared. A body that is a picture has the other fields as query parameters: " +
    "`filter` in JSON, `include` with commas.",
  params: collectionParams,
  query: z.strictObject({
    top_k: z.string().optional(),
    filter: z.string().optional(),
    group_by: z.string().optional(),
    min_probability: z.string().optional(),
    include: z.string().optional(),
  }),
  body: {
    schema: searchFields
      .extend({
        query: z.custom<z.input<typeof exampleSchema> | z.input<typeof examplesSchema>>().meta({
          anyOf: [
            { $ref: "#/components/schemas/Item" },
            { $ref: "#/components/schemas/ItemId" },
            { $ref: "#/components/schemas/Examples" },
          ],
        }),
      })
      .meta({ id: "SearchRequest" }),
    files: true,
    examples: {
      picture: {
        summary: "A picture, among items of two labels",
        value: {
          query: EXAMPLE_IMAGE,
          top_k: 5,
          filter: { label: { $in: ["albatross", "cardinal"] } },
        },
      },
    },
  },
  answer: {
    description: "The results, the most similar first.",
    schema: z
      .strictObject({
        collection: z.string(),
        ...answeredBy,
        ranking: rankingSchema,
        results: z.array(
          z.strictObject({
            id: z.string(),
            score: z.number().describe("S, with densities of the collection."),
            probability: z
              .number()
              .describe("Of the pair being of one class, if that is as likely as not."),
            distance: z.number().describe("Euclidean distance of the unit vectors, 0 to 2."),
            metadata: metadataSchema.optional(),
            embedding: vectorSchema.optional(),
          }),
        ),
      })
      .meta({ id: "SearchAnswer" }),
  },
  errors: [400, 404, 413, 415, 422, 503],
});
