import { PYTORCH, PYTORCH_VARIANT, type Scheme } from "./places.ts";

/** Number of bottlenecks of each stage. */
const STAGES = [1, 2, 3, 4, 3, 3, 1];

const MODULES = {
  conv0: ["conv_stem", "bn1"],
  expand: ["conv_pw", "bn1"],
  depthwise: ["conv_dw", "bn2"],
  project: ["conv_pwl", "bn3"],
  "conv-last": ["conv_head", "bn2"],
};
/** In timm the first bottleneck is a depthwise-separable convolution. */
const FIRST: Partial<typeof MODULES> = {
  depthwise: ["conv_dw", "bn1"],
  project: ["conv_pw", "bn2"],
};

/** `blocks.<stage>.<index>.` of a bottleneck. */
function prefixOf(block: number): string {
  let index = block;
  const stage = STAGES.findIndex((count) => {
    if (index < count) return true;
    index -= count;
    return false;
  });
  return `blocks.${stage}.${index}.`;
}

/** Names of timm: `conv_stem.weight`, `blocks.1.0.conv_pw.weight`, `blocks.1.0.bn1.bias`. */
export const timm: Scheme = {
  library: "timm",
  sign: "blocks.0.0.conv_dw.weight",
  layout: "pytorch",
  nameOf({ block, part, norm, weight }) {
    const modules = (block === 0 ? FIRST[part] : undefined) ?? MODULES[part];
    return `${block < 0 ? "" : prefixOf(block)}${modules[norm ? 1 : 0]}.${PYTORCH[weight]}`;
  },
  variantOf: () => PYTORCH_VARIANT,
};
