import * as z from "zod";
import { contract } from "./contract.ts";
import { anItem, EXAMPLE_IMAGE } from "./item.ts";
import { answeredBy, modelQuery } from "./model.ts";
import { onErrorSchema, skippedSchema } from "./onError.ts";

export const pairSchema = z.array(anItem).length(2);

/** One image against several. */
export const sourceSchema = z.strictObject({
  source: anItem,
  candidates: z.array(anItem).min(1),
  on_error: onErrorSchema.default("fail"),
});

/** Any pairs. Each is checked on its own, so that an error names it. */
export const pairsSchema = z.strictObject({
  pairs: z
    .array(z.custom<z.input<typeof pairSchema>>())
    .min(1)
    .meta({
      items: {
        type: "array",
        minItems: 2,
        maxItems: 2,
        items: { $ref: "#/components/schemas/Item" },
      },
    }),
  on_error: onErrorSchema.default("fail"),
});

export const rankingSchema = z
  .enum(["s", "d"])
  .describe(
    "What this model ranks by: `s`, the scores, largest first, or `d`, the distances, smallest first.",
  );

export const similarity = contract({
  method: "post",
  path: "/similarity",
  summary: "Compare images",
  description:
    "The similarity S, its calibrated probability and the Euclidean distance, for a source and each " +
    "candidate or for pairs.",
  query: modelQuery,
  body: {
    schema: z.union([sourceSchema, pairsSchema]).meta({ id: "SimilarityRequest" }),
    examples: {
      candidates: {
        summary: "One image and several candidates",
        value: { source: EXAMPLE_IMAGE, candidates: [EXAMPLE_IMAGE, { image: EXAMPLE_IMAGE }] },
      },
      pairs: {
        summary: "Pairs",
        value: { pairs: [[EXAMPLE_IMAGE, EXAMPLE_IMAGE]] },
      },
    },
  },
  answer: {
    description: "One value of each kind per pair, in the order of the request.",
    schema: z
      .strictObject({
        ...answeredBy,
        ranking: rankingSchema,
        scores: z
          .array(z.nullable(z.number()))
          .describe("S. It is unbounded; larger is more similar."),
        probabilities: z
          .array(z.nullable(z.number()))
          .describe("Of a pair being of one class, if that is as likely as not."),
        distances: z
          .array(z.nullable(z.number()))
          .describe("Euclidean distances of the unit vectors, 0 to 2."),
        errors: skippedSchema,
      })
      .meta({ id: "SimilarityAnswer" }),
  },
  errors: [400, 404, 413, 415, 422, 503],
});
