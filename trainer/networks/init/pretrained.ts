import type { MobileNetV2 } from "../backbones/mobilenetv2.ts";
import type { LayerConfig } from "../topology.ts";

/** A tensor as a file holds it. */
export interface SourceTensor {
  shape: number[];
  values: Float32Array;
}

/** What tells one library's MobileNetV2 from another's. */
export type Variant = Omit<MobileNetV2, "size" | "width">;

/** Weights read from a file, and where in it the network's own are. */
export interface Pretrained {
  /** For people. */
  architecture: string;
  tensors: Map<string, SourceTensor>;
  /**
   * The name in the file of a weight of ours.
   *
   * @param weight as tfjs-layers names it, e.g. `block3-expand-norm/gamma`
   */
  nameOf: (weight: string) => string;
  /** HWIO, and HWC1 where depthwise; or OIHW, and C1HW. */
  layout: "tensorflow" | "pytorch";
  /** The member of the family to build, where the names are those of a MobileNetV2. */
  variant?: Variant;
  /** The file's own layers, where it says how they are laid out. */
  layers?: LayerConfig[];
}
