import { detach } from "./detach.ts";
import { allNegativesHinge } from "./losses/allNegatives.ts";
import { doubleHeaderHinge } from "./losses/doubleHeader.ts";
import { alpha, beta, lambda } from "./margins.ts";
import { defineMethod } from "./method.ts";
import { mineEveryPositive } from "./mining/everyPositive.ts";

export const pddmResidual = defineMethod({
  title: "PDDM, residual unit, nothing mined by S",
  form: "residual",
  hyperparameters: { alpha, beta, lambda },
  losses: ({ closeness, s, labels }, { alpha, beta, lambda }) => {
    const quadruplets = mineEveryPositive(detach(closeness), labels);
    return {
      metric: allNegativesHinge(s, labels, alpha),
      embedding: doubleHeaderHinge(closeness, quadruplets, beta),
      lambda,
    };
  },
});
