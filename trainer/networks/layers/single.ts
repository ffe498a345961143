import type { layers, SymbolicTensor } from "@tensorflow/tfjs-layers";

/** A layer's one symbolic output: tfjs-layers' `apply` may return a list. */
export function single(
  output: ReturnType<ReturnType<typeof layers.dense>["apply"]>,
): SymbolicTensor {
  if (Array.isArray(output) || !("sourceLayer" in output))
    throw new Error("not one symbolic output");
  return output;
}
