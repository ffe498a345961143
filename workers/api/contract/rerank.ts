import * as z from "zod";
import { contract } from "./contract.ts";
import { vectorSchema } from "./embed.ts";
import { anItem, EXAMPLE_IMAGE } from "./item.ts";
import { answeredBy, modelQuery } from "./model.ts";
import { rankingSchema } from "./similarity.ts";

export const rerank = contract({
  method: "post",
  path: "/rerank",
  summary: "Sort candidates by similarity",
  description:
    "The candidates, the most similar to the query first, by what `ranking` names: the score S, or " +
    "the distance. Equal ones keep their order.",
  query: modelQuery,
  body: {
    schema: z
      .strictObject({
        query: anItem,
        candidates: z.array(anItem).min(1),
        top_k: z.int().min(1).optional().describe("How many to answer with; all where not given."),
        return_embeddings: z
          .boolean()
          .default(false)
          .describe("Whether to answer with the candidates' unit vectors, too."),
      })
      .meta({ id: "RerankRequest" }),
    examples: {
      best: {
        summary: "The best of two",
        value: { query: EXAMPLE_IMAGE, candidates: [EXAMPLE_IMAGE, EXAMPLE_IMAGE], top_k: 1 },
      },
    },
  },
  answer: {
    description: "The best candidates, the best first.",
    schema: z
      .strictObject({
        ...answeredBy,
        ranking: rankingSchema,
        results: z.array(
          z.strictObject({
            index: z.int().describe("The candidate's position in the request."),
            score: z.number().describe("S: unbounded, larger is more similar."),
            probability: z
              .number()
              .describe("That both are of one class, where that is as likely as not."),
            distance: z.number().describe("Between unit vectors, 0 to 2."),
            embedding: vectorSchema.optional(),
          }),
        ),
      })
      .meta({ id: "RerankAnswer" }),
  },
  errors: [400, 404, 413, 415, 422, 503],
});
