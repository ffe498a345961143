import type { Build, WeightScheme } from "../backbones/backbone.ts";
import type { LayerConfig } from "../topology.ts";

/** A tensor as a file holds it. */
export interface SourceTensor {
  shape: number[];
  values: Float32Array;
}

/** Weights read from a file, and how the network's own weights are named there. */
export interface Pretrained extends Pick<WeightScheme, "nameOf" | "layout"> {
  /** What the file holds, for people. */
  architecture: string;
  tensors: Map<string, SourceTensor>;
  /** The backbone that the weights are of, where the file has the names of a scheme. */
  backbone?: { name: string; build: Build };
  /** The file's own layers, where it describes them. */
  layers?: LayerConfig[];
}
