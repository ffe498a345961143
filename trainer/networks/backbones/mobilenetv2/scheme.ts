import type { WeightScheme } from "../backbone.ts";
import { PYTORCH_COMMON } from "../parts/convolutions.ts";
import type { MobileNetV2 } from "./build.ts";

/** The options of the network that a library's weights fit. */
type Variant = Omit<MobileNetV2, "size" | "width">;

/** The naming scheme of a library for the weights of its MobileNetV2. */
export interface Scheme extends Omit<WeightScheme, "variant"> {
  variantOf: (extra: unknown) => Variant;
}

/** PyTorch's MobileNetV2, which differs from the paper in its padding. */
export const PYTORCH_VARIANT: Variant = PYTORCH_COMMON;
