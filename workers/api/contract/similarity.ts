import * as z from "zod";
import { contract } from "./contract.ts";
import { anItem, EXAMPLE_IMAGE } from "./item.ts";
import { answeredBy, modelQuery } from "./model.ts";

export const pairSchema = z.array(anItem).length(2);

/** One image against several. */
export const sourceSchema = z.strictObject({
  source: anItem,
  candidates: z.array(anItem).min(1),
});

/** Any pairs; each is checked for itself, so that an error names it. */
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
});

export const rankingSchema = z
  .enum(["s", "d"])
  .describe(
    "By which of the two this model ranks better: s, the scores, the largest first, or d, the " +
      "distances, the smallest first.",
  );

export const similarity = contract({
  method: "post",
  path: "/similarity",
  summary: "Compare images",
  description:
    "S of the paper, its calibrated probability and the Euclidean distance, of a source with each " +
    "candidate or of pairs.",
  query: modelQuery,
  body: {
    schema: z.union([sourceSchema, pairsSchema]).meta({ id: "SimilarityRequest" }),
    examples: {
      candidates: {
        summary: "One image against others",
        value: { source: EXAMPLE_IMAGE, candidates: [EXAMPLE_IMAGE, { image: EXAMPLE_IMAGE }] },
      },
      pairs: {
        summary: "Pairs",
        value: { pairs: [[EXAMPLE_IMAGE, EXAMPLE_IMAGE]] },
      },
    },
  },
  answer: {
    description: "One value of each kind a pair, in the order of the request.",
    schema: z
      .strictObject({
        ...answeredBy,
        ranking: rankingSchema,
        scores: z.array(z.number()).describe("S: unbounded, larger is more similar."),
        probabilities: z
          .array(z.number())
          .describe("That a pair is of one class, where it is as likely so as not."),
        distances: z.array(z.number()).describe("Between unit vectors, 0 to 2."),
      })
      .meta({ id: "SimilarityAnswer" }),
  },
  errors: [400, 404, 413, 415, 422, 503],
});
