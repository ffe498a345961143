import type { LayersModel } from "@tensorflow/tfjs-layers";
import * as z from "zod";
import type { BackboneOptions, WeightScheme } from "../backbone.ts";
import { type Common, PYTORCH_COMMON } from "./convolutions.ts";
import { type Modules, pytorchNames } from "./names.ts";

/** timm's modules of an inverted bottleneck, and of the layers before and after all of them. */
export const TIMM_BOTTLENECK: Modules = {
  conv0: ["conv_stem", "bn1"],
  expand: ["conv_pw", "bn1"],
  depthwise: ["conv_dw", "bn2"],
  squeeze: ["se.conv_reduce"],
  excite: ["se.conv_expand"],
  project: ["conv_pwl", "bn3"],
  "conv-last": ["conv_head", "bn2"],
};

/** timm's modules of a bottleneck that does not expand. */
export const TIMM_SEPARABLE: Modules = {
  depthwise: ["conv_dw", "bn1"],
  project: ["conv_pw", "bn2"],
};

interface Naming {
  /** Number of blocks of each stage. */
  stages: readonly number[];
  modules: Modules;
  /** Modules of block 0 that differ. */
  first?: Modules;
}

/** timm's names: `conv_stem.weight`, `blocks.1.0.conv_pw.weight`, `blocks.1.0.bn1.bias`. */
export const timmNames = (naming: Naming): WeightScheme["nameOf"] =>
  pytorchNames({ ...naming, prefix: (stage, index) => `blocks.${stage}.${index}.` });

const architectureSchema = z.object({ architecture: z.string() });

/** timm's `tf_` models have the weights that were trained in TensorFlow, so they compute as TensorFlow does. */
function isTensorFlow(extra: unknown): boolean {
  const { data } = architectureSchema.safeParse(extra);
  return data?.architecture.startsWith("tf_") ?? false;
}

interface Scheme extends Naming, Pick<WeightScheme, "sign" | "classifier"> {
  build: (options: BackboneOptions, seed: number, common: Common) => LayersModel;
}

/** The scheme of a network of timm's EfficientNet family. */
export const timmScheme = ({ sign, classifier, build, ...naming }: Scheme): WeightScheme => ({
  library: "timm",
  sign,
  classifier,
  layout: "pytorch",
  nameOf: timmNames(naming),
  variant: (extra) => {
    const own = isTensorFlow(extra);
    const common: Common = own ? { padding: "same", epsilon: 1e-3 } : PYTORCH_COMMON;
    return {
      build: (options, seed) => build(options, seed, common),
      note: own ? "padding and epsilon of TensorFlow" : undefined,
    };
  },
});
