import { detach } from "./detach.ts";
import { tripletHinge } from "./losses/triplet.ts";
import { alpha, beta, lambda } from "./margins.ts";
import { defineMethod } from "./method.ts";
import { mineHardestTriplet } from "./mining/hardestTriplet.ts";

export const pddmTriplet = defineMethod({
  title: "PDDM + triplet, as published",
  published: { cub: 50.9, cars: 46.4 },
  form: "published",
  hyperparameters: { alpha, beta, lambda },
  losses: ({ s, closeness, labels }, { alpha, beta, lambda }) => {
    const triplets = mineHardestTriplet(detach(s), labels);
    return {
      metric: tripletHinge(s, triplets, alpha),
      embedding: tripletHinge(closeness, triplets, beta),
      lambda,
    };
  },
});
