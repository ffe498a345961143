import * as z from "zod";
import { proxyAnchor as loss } from "./losses/proxyAnchor.ts";
import { defineMethod } from "./method.ts";

export const proxyAnchor = defineMethod({
  title: "Proxy-Anchor",
  form: "local",
  proxies: true,
  // The defaults are the paper's.
  hyperparameters: {
    margin: z.number().min(0).default(0.1).describe("the paper's delta: the margin of cosines"),
    scale: z
      .number()
      .gt(0)
      .default(32)
      .describe("the paper's alpha: how much more a hard item weighs than an easy one"),
  },
  losses: ({ features, labels, proxies }, hyperparameters) => ({
    embedding: loss(features, labels, proxies, hyperparameters),
  }),
});
