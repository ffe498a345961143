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
      .describe("the paper's alpha: how much more a hard positive weighs than an easy one"),
    push: z
      .number()
      .gt(0)
      .default(50)
      .describe("the paper's beta: how much more a hard negative weighs than an easy one"),
    // The paper says 1, the code that its authors published 0.5.
    base: z
      .number()
      .min(-1)
      .max(1)
      .default(0.5)
      .describe("the paper's lambda: the cosine at which pairs begin to weigh"),
    margin: z
      .number()
      .min(0)
      .default(0.1)
      .describe("the paper's epsilon: the margin of the mining"),
  },
  losses: ({ cosines, labels }, hyperparameters) => ({
    embedding: loss(cosines, labels, hyperparameters),
  }),
});
