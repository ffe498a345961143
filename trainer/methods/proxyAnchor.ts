import * as z from "zod";
import { proxyAnchor as loss } from "./losses/proxyAnchor.ts";
import { defineMethod } from "./method.ts";

export const proxyAnchor = defineMethod({
  title: "Proxy-Anchor",
  form: "local",
  proxies: true,
  // The defaults are the paper's.
  hyperparameters: {
    margin: z.number().min(0).default(0.1).describe("the paper's delta: margin of the cosines"),
    scale: z
      .number()
      .gt(0)
      .default(32)
      .describe("the paper's alpha: a larger one gives hard items more weight"),
  },
  losses: ({ features, labels, proxies }, hyperparameters) => ({
    embedding: loss(features, labels, proxies, hyperparameters),
  }),
});
