import { detach } from "./detach.ts";
import { doubleHeaderHinge } from "./losses/doubleHeader.ts";
import { alpha, beta, lambda } from "./margins.ts";
import { defineMethod } from "./method.ts";
import { mineHardest } from "./mining/hardest.ts";

/** The paper's method: both losses use the hardest quadruplet by S. */
export const pddmQuadruplet = defineMethod({
  title: "PDDM + quadruplet, as published",
  published: { cub: 58.3, cars: 57.4 },
  form: "published",
  hyperparameters: { alpha, beta, lambda },
  losses: ({ s, closeness, labels }, { alpha, beta, lambda }) => {
    const quadruplets = mineHardest(detach(s), labels);
    return {
      metric: doubleHeaderHinge(s, quadruplets, alpha),
      embedding: doubleHeaderHinge(closeness, quadruplets, beta),
      lambda,
    };
  },
});

/** The paper's ablation without E_e. */
export const pddmScoreOnly = defineMethod({
  title: "the same, score layer only",
  form: "published",
  hyperparameters: { alpha },
  losses: ({ s, labels }, { alpha }) => ({
    metric: doubleHeaderHinge(s, mineHardest(detach(s), labels), alpha),
  }),
});

/** The paper's ablation without E_m. S is not trained, so mining uses D. */
export const pddmFeatureOnly = defineMethod({
  title: "the same, feature layer only",
  form: "published",
  hyperparameters: { beta },
  losses: ({ closeness, labels }, { beta }) => {
    const quadruplets = mineHardest(detach(closeness), labels);
    return { embedding: doubleHeaderHinge(closeness, quadruplets, beta) };
  },
});
