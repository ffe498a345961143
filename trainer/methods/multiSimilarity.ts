import * as z from "zod";
import { multiSimilarity as loss } from "./losses/multiSimilarity.ts";
import { defineMethod } from "./method.ts";

export const multiSimilarity = defineMethod({
  title: "multi-similarity",
  form: "local",
  hyperparameters: {
    pull: z
      .number()
      .gt(0)
      .default(2)
      .describe("the paper's alpha: a larger one gives hard positives more weight"),
    push: z
      .number()
      .gt(0)
      .default(50)
      .describe("the paper's beta: a larger one gives hard negatives more weight"),
    // The paper states 1, the authors' code uses 0.5.
    base: z
      .number()
      .min(-1)
      .max(1)
      .default(0.5)
      .describe("the paper's lambda: cosine threshold of both terms"),
    margin: z.number().min(0).default(0.1).describe("the paper's epsilon: margin of the mining"),
  },
  losses: ({ cosines, labels }, hyperparameters) => ({
    embedding: loss(cosines, labels, hyperparameters),
  }),
});
