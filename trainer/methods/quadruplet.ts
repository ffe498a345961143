import { detach } from "./detach.ts";
import { doubleHeaderHinge } from "./losses/doubleHeader.ts";
import { beta } from "./margins.ts";
import { defineMethod } from "./method.ts";
import { mineEveryPositive } from "./mining/everyPositive.ts";

export const quadruplet = defineMethod({
  title: "quadruplet, mined by D",
  form: "local",
  hyperparameters: { beta },
  losses: ({ closeness, labels }, { beta }) => {
    const quadruplets = mineEveryPositive(detach(closeness), labels);
    return { embedding: doubleHeaderHinge(closeness, quadruplets, beta) };
  },
});
