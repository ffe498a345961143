import type { LayersModel } from "@tensorflow/tfjs-layers";

/** Options that a backbone may read. */
export interface BackboneOptions {
  /** Width and height of the input in pixels. */
  size: number;
  /** Multiplier of the channels. */
  width: number;
  /** Length of the embedding. */
  dimensions: number;
}

/**
 * @param seed of the weights
 * @returns a model from [n, size, size, 3] to features [n, c], or to the embedding where it has a head
 * @throws UserError where an option does not fit
 */
export type Build = (options: BackboneOptions, seed: number) => LayersModel;

/** How a library names and lays out the weights of a backbone. */
export interface WeightScheme {
  library: string;
  /** The name of a tensor that every such file holds, and no other. */
  sign: string;
  /** HWIO, and HWC1 for depthwise kernels; or OIHW, and C1HW. */
  layout: "tensorflow" | "pytorch";
  /** The file's name for a weight of ours. @param weight as tfjs-layers names it: `conv1-norm/gamma` */
  nameOf: (weight: string) => string;
  /**
   * The member of the family that the weights fit.
   *
   * @param extra what the file says beside its tensors
   * @returns `note` says how it differs from the usual one
   */
  variant: (extra: unknown) => { build: Build; note?: string };
}

/** Images of a training step. */
interface Step {
  size: number;
  batch: number;
}

/** A network that comes along. */
export interface Backbone {
  build: Build;
  /** Whether its last layer makes the embedding, so that it needs no head. */
  hasHead?: true;
  /** Whether `width` multiplies its channels. */
  hasWidth?: true;
  /** Naming schemes of pretrained weights that it can start from. */
  schemes?: readonly WeightScheme[];
  /** A usual training step, which `npm run bench:train` measures. */
  usual: Step;
  /** The smallest one, whose gradients `npm run gradcheck` compares. */
  smallest: Step;
}
