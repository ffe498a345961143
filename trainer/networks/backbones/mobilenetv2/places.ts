import type { WeightScheme } from "../backbone.ts";
import type { MobileNetV2 } from "./build.ts";

/** The options of the network that a library's weights fit. */
type Variant = Omit<MobileNetV2, "size" | "width">;

/** The place of a weight in our MobileNetV2. */
export interface Place {
  /** The bottleneck, or -1 for the layers before and after the bottlenecks. */
  block: number;
  part: "conv0" | "expand" | "depthwise" | "project" | "conv-last";
  /** Whether the weight belongs to the batch norm of the part. */
  norm: boolean;
  weight: string;
}

/** The naming scheme of a library for the weights of its MobileNetV2. */
export interface Scheme extends Pick<WeightScheme, "library" | "sign" | "layout"> {
  nameOf: (place: Place) => string;
  variantOf: (extra: unknown) => Variant;
}

/** PyTorch's names of our weights. */
export const PYTORCH: Record<string, string> = {
  kernel: "weight",
  depthwise_kernel: "weight",
  gamma: "weight",
  beta: "bias",
  moving_mean: "running_mean",
  moving_variance: "running_var",
};

/** PyTorch's MobileNetV2, which differs from the paper in its padding. */
export const PYTORCH_VARIANT: Variant = { padding: "symmetric", epsilon: 1e-5 };

const WEIGHT = /^(?:block(\d+)-)?(conv0|expand|depthwise|project|conv-last)(-norm)?\/(\w+)$/;

/** Finds the place of a weight. @param weight its name in tfjs-layers in our MobileNetV2 */
export function placeOf(weight: string): Place {
  const [, block = "-1", part, norm, name] = WEIGHT.exec(weight) ?? [];
  if (name === undefined) throw new Error(`"${weight}" is not a weight of MobileNetV2`);
  return {
    block: Number(block),
    part: part as Place["part"],
    norm: norm !== undefined,
    weight: name,
  };
}
