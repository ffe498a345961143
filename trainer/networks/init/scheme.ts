import type { Pretrained, Variant } from "./pretrained.ts";

/** A weight of our MobileNetV2, by what it does. */
export interface Place {
  /** The bottleneck, -1 for what is before and behind them. */
  block: number;
  part: "conv0" | "expand" | "depthwise" | "project" | "conv-last";
  /** Whether it belongs to the part's batch norm. */
  norm: boolean;
  weight: string;
}

/** How a library names the tensors of its MobileNetV2. */
export interface Scheme extends Pick<Pretrained, "layout"> {
  library: string;
  /** The name of a tensor that every such file holds, and no other. */
  sign: string;
  nameOf(place: Place): string;
  /** @param extra what the file says beside its tensors */
  variant(extra: unknown): Variant;
}

/** PyTorch's name for a weight of ours. */
export const PYTORCH: Record<string, string> = {
  kernel: "weight",
  depthwise_kernel: "weight",
  gamma: "weight",
  beta: "bias",
  moving_mean: "running_mean",
  moving_variance: "running_var",
};

/** PyTorch's MobileNetV2 as published, but for the padding. */
export const PYTORCH_VARIANT: Variant = { padding: "symmetric", epsilon: 1e-5 };

const WEIGHT = /^(?:block(\d+)-)?(conv0|expand|depthwise|project|conv-last)(-norm)?\/(\w+)$/;

/** @param weight as tfjs-layers names it in our MobileNetV2 */
export function placeOf(weight: string): Place {
  const [, block = "-1", part, norm, name] = WEIGHT.exec(weight) ?? [];
  if (name === undefined) throw new Error(`"${weight}" is no weight of MobileNetV2`);
  return {
    block: Number(block),
    part: part as Place["part"],
    norm: norm !== undefined,
    weight: name,
  };
}
