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
    "Sorts the candidates, most similar to the query first. `ranking` says whether by the score S or by the " +
    "distance. Equal candidates keep their order.",
  query: modelQuery,
  body: {
    schema: z
      .strictObject({
        query: anItem,
        candidates: z.array(anItem).min(1),
        top_k: z
          .int()
          .min(1)
          .optional()
          .describe("The number of results. If not given, all candidates."),
        return_embeddings: z
          .boolean()
          .default(false)
          .describe("Whether the answer includes the candidates' unit vectors."),
      })
      .meta({ id: "RerankRequest" }),
    examples: {
      best: {
        summary: "The better of two",
        value: { query: EXAMPLE_IMAGE, candidates: [EXAMPLE_IMAGE, EXAMPLE_IMAGE], top_k: 1 },
      },
    },
  },
  answer: {
    description: "The best candidates, best first.",
    schema: z
      .strictObject({
        ...answeredBy,
        ranking: rankingSchema,
        results: z.array(
          z.strictObject({
            index: z.int().describe("The candidate's position in the request."),
            score: z.number().describe("S. It is unbounded; larger is more similar."),
            probability: z
              .number()
              .describe("Of both being of one class, if that is as likely as not."),
            distance: z.number().describe("The Euclidean distance of the unit vectors, 0 to 2."),
            embedding: vectorSchema.optional(),
          }),
        ),
      })
      .meta({ id: "RerankAnswer" }),
  },
  errors: [400, 404, 413, 415, 422, 503],
});
