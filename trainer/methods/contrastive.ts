import * as z from "zod";
import { contrastive as loss } from "./losses/contrastive.ts";
import { defineMethod } from "./method.ts";

export const contrastive = defineMethod({
  title: "contrastive",
  published: { cub: 26.4, cars: 21.7 },
  form: "local",
  hyperparameters: {
    margin: z
      .number()
      .min(0)
      .default(1)
      .describe("distance beyond which a negative pair adds no loss"),
  },
  losses: ({ distances, labels }, { margin }) => ({ embedding: loss(distances, labels, margin) }),
});
