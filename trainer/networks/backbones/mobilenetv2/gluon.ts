import * as z from "zod";
import { placeOf } from "../parts/names.ts";
import type { Scheme } from "./scheme.ts";

const INDEX: Record<string, number> = {
  conv0: 0,
  "conv-last": 1,
  expand: 0,
  depthwise: 1,
  project: 2,
};

const WEIGHTS: Record<string, string> = {
  kernel: "weight",
  depthwise_kernel: "weight",
  gamma: "gamma",
  beta: "beta",
  moving_mean: "running_mean",
  moving_variance: "running_var",
};

const extraSchema = z.object({
  bn_eps: z.number().positive().default(1e-5),
  stride2_blocks: z.array(z.int().min(0).max(16)).default([1, 3, 6, 13]),
});

/** Names of MXNet's Gluon in a tfjs weights manifest: `linearbottleneck0_conv0_weight`, `batchnorm0_gamma`. */
export const gluon: Scheme = {
  library: "MXNet Gluon",
  sign: { linearbottleneck0_conv0_weight: null },
  classifier: /output_pred/,
  layout: "tensorflow",
  nameOf(name) {
    const { block, part, norm, weight } = placeOf(name);
    const bottleneck = block < 0 ? "" : `linearbottleneck${block}_`;
    return `${bottleneck}${norm ? "batchnorm" : "conv"}${INDEX[part]}_${WEIGHTS[weight]}`;
  },
  variantOf(extra) {
    // The weights of the model zoo have stride 2 at other bottlenecks than the paper, so the file lists them.
    const { bn_eps, stride2_blocks } = extraSchema.parse(extra);
    return { strided: stride2_blocks, padding: "symmetric", firstExpansion: true, epsilon: bn_eps };
  },
};
