import type { Build, WeightScheme } from "../backbones/backbone.ts";
import type { LayerConfig } from "../topology.ts";
import type { SourceTensor } from "./sourceTensor.ts";

/** Weights read from a file, and the scheme that maps the network's names to the file's. */
export interface Pretrained extends Pick<WeightScheme, "nameOf" | "layout"> {
  /** A description of the file for people. */
  architecture: string;
  tensors: Map<string, SourceTensor>;
  /** The backbone of the weights, if the file follows a scheme. It leaves out the classifier's tensors. */
  backbone?: { name: string; build: Build; classifier: RegExp };
  /** The file's layers, if it describes them. */
  layers?: LayerConfig[];
}
