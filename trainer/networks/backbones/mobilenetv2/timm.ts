import { TIMM_BOTTLENECK, TIMM_SEPARABLE, timmNames } from "../parts/timm.ts";
import { PYTORCH_VARIANT, type Scheme } from "./scheme.ts";

/** Names of timm: `conv_stem.weight`, `blocks.1.0.conv_pw.weight`, `blocks.1.0.bn1.bias`. */
export const timm: Scheme = {
  library: "timm",
  sign: { "blocks.3.3.conv_pwl.weight": null, "blocks.6.0.conv_pwl.weight": null },
  classifier: /^classifier\./,
  layout: "pytorch",
  nameOf: timmNames({
    stages: [1, 2, 3, 4, 3, 3, 1],
    modules: TIMM_BOTTLENECK,
    first: TIMM_SEPARABLE,
  }),
  variantOf: () => PYTORCH_VARIANT,
};
