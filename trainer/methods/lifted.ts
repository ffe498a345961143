import * as z from "zod";
import { lifted as loss } from "./losses/lifted.ts";
import { defineMethod } from "./method.ts";

export const lifted = defineMethod({
  title: "lifted structure",
  published: { cub: 47.2, cars: 49 },
  form: "local",
  hyperparameters: {
    margin: z.number().min(0).default(1).describe("margin between positives and negatives"),
  },
  losses: ({ distances, labels }, { margin }) => ({ embedding: loss(distances, labels, margin) }),
});
