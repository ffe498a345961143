import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { SourceTensor } from "../init/sourceTensor.ts";

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
 * Builds a network with random weights.
 *
 * @returns a model from [n, size, size, 3] to features [n, c], or to the embedding if it has a head
 * @throws UserError if an option does not fit
 */
export type Build = (options: BackboneOptions, seed: number) => LayersModel;

/** The names and the layout that a library gives to the weights of a backbone. */
export interface WeightScheme {
  library: string;
  /**
   * Tensors that every file of this scheme holds, with their shapes where these tell it from files of other
   * schemes, else null.
   */
  sign: Record<string, readonly number[] | null>;
  /** Matches the names of the tensors that the network leaves out: those of the classifier. */
  classifier: RegExp;
  /** "tensorflow": HWIO, depthwise HWC1. "pytorch": OIHW, depthwise C1HW. */
  layout: "tensorflow" | "pytorch";
  /** Computes the tensors that the scheme names from those of the file. The default is these themselves. */
  prepare?: (tensors: ReadonlyMap<string, SourceTensor>) => Map<string, SourceTensor>;
  /** The file's name of a weight. @param weight the name in tfjs-layers: `conv1-norm/gamma` */
  nameOf: (weight: string) => string;
  /**
   * The variant of the network that the weights fit.
   *
   * @param extra content of the file other than tensors
   * @returns `note` says how the variant differs from the usual one
   */
  variant: (extra: unknown) => { build: Build; note?: string };
}

/** The size of a training step. */
interface Step {
  size: number;
  batch: number;
}

/** A network that is included. */
export interface Backbone {
  build: Build;
  /** Whether the last layer computes the embedding, so that no head is needed. */
  hasHead?: true;
  /** Whether `width` multiplies the channels. */
  hasWidth?: true;
  /** Naming schemes of pretrained weights that the network can start from. */
  schemes?: readonly WeightScheme[];
  /** A usual training step, which `npm run bench-train` measures. */
  usual: Step;
  /** The smallest training step, whose gradients `npm run gradcheck` compares. */
  smallest: Step;
}
