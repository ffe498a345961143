import { type Place, placeOf, PYTORCH } from "../parts/names.ts";
import { PYTORCH_VARIANT, type Scheme } from "./scheme.ts";

function moduleOf({ block, part, norm }: Place): string {
  const within = norm ? 1 : 0;
  if (part === "conv0") return `features.0.${within}`;
  if (part === "conv-last") return `features.18.${within}`;
  const parts = block === 0 ? ["depthwise", "project"] : ["expand", "depthwise", "project"];
  const at = parts.indexOf(part);
  // Convolution, batch norm and ReLU6 form one module. The projection has no ReLU6 and is not in a module.
  const step = part === "project" ? `${at + within}` : `${at}.${within}`;
  return `features.${block + 1}.conv.${step}`;
}

/** Names of torchvision: `features.0.0.weight`, `features.2.conv.0.0.weight`, `features.2.conv.3.bias`. */
export const torchvision: Scheme = {
  library: "torchvision",
  sign: { "features.1.conv.0.0.weight": null },
  classifier: /^classifier\./,
  layout: "pytorch",
  nameOf(weight) {
    const place = placeOf(weight);
    return `${moduleOf(place)}.${PYTORCH[place.weight]}`;
  },
  variantOf: () => PYTORCH_VARIANT,
};
