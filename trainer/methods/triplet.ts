import * as z from "zod";
import { detach } from "./detach.ts";
import { tripletHinge } from "./losses/triplet.ts";
import { defineMethod } from "./method.ts";
import { mineBatchHard } from "./mining/batchHard.ts";
import { mineSemiHard } from "./mining/semiHard.ts";

const margin = z
  .number()
  .min(0)
  .default(0.2)
  .describe("by how much a negative must be farther away than a positive");

export const tripletHard = defineMethod({
  title: "triplet, batch-hard",
  form: "local",
  hyperparameters: { margin },
  losses: ({ closeness, labels }, { margin }) => {
    const triplets = mineBatchHard(detach(closeness), labels);
    return { embedding: tripletHinge(closeness, triplets, margin) };
  },
});

export const tripletSemiHard = defineMethod({
  title: "triplet, semi-hard",
  published: { cub: 36.1, cars: 39.1 },
  form: "local",
  hyperparameters: { margin },
  losses: ({ closeness, labels }, { margin }) => {
    const triplets = mineSemiHard(detach(closeness), labels);
    return { embedding: tripletHinge(closeness, triplets, margin) };
  },
});
