import * as z from "zod";
import { contract } from "../contract.ts";
import { collectionParams } from "./params.ts";

const jobSchema = z.strictObject({
  state: z.enum(["running", "done"]),
  min_probability: z.number(),
  done: z.int().describe("Items compared, of about `total`."),
  total: z.int(),
  started: z.string(),
});

export const findDuplicates = contract({
  method: "post",
  path: "/collections/:collection/duplicates",
  scope: "index",
  summary: "Look for duplicates",
  description:
    "Compares every item with all others in the background. GET the same path for what was found. A search that " +
    "runs already is replaced.",
  params: collectionParams,
  body: {
    schema: z
      .strictObject({
        min_probability: z
          .number()
          .min(0)
          .max(1)
          .default(0.95)
          .describe("Pairs of a lower probability are not duplicates; 0.95 if not given."),
      })
      .meta({ id: "DuplicatesRequest" }),
    examples: { strict: { summary: "Near copies only", value: { min_probability: 0.99 } } },
  },
  answer: {
    description: "The search has begun.",
    schema: jobSchema.meta({ id: "DuplicatesJob" }),
    statuses: [202],
  },
  errors: [400, 404, 413, 415, 503],
});

export const getDuplicates = contract({
  method: "get",
  path: "/collections/:collection/duplicates",
  scope: "search",
  summary: "The duplicates found",
  description:
    "Groups of items that are linked by pairs of at least the probability asked for, the most alike first. Copies, " +
    "whose embeddings are the same, count as 1.",
  params: collectionParams,
  answer: {
    description: "The groups so far, and the progress.",
    schema: jobSchema
      .extend({
        groups: z.array(
          z.strictObject({
            items: z.array(z.string()).describe("Ids, in order."),
            probability: z.number().describe("The highest of a pair in the group."),
          }),
        ),
        truncated: z
          .boolean()
          .describe(
            "Whether there are more pairs than are kept, so that groups may be incomplete.",
          ),
      })
      .meta({ id: "Duplicates" }),
  },
  errors: [400, 404, 503],
});
