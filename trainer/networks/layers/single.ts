import type { layers, SymbolicTensor } from "@tensorflow/tfjs-layers";

/** The only symbolic output of a layer, because `apply` of tfjs-layers may return a list. */
export function single(
  output: ReturnType<ReturnType<typeof layers.dense>["apply"]>,
): SymbolicTensor {
  if (Array.isArray(output) || !("sourceLayer" in output))
    throw new Error("the layer does not give exactly one symbolic output");
  return output;
}
