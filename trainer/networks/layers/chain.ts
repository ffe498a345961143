import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { single } from "./single.ts";

type Layer = LayersModel["layers"][number];

/** Applies layers one after the other, starting with `x`. */
export function chain(x: SymbolicTensor | SymbolicTensor[], ...layers: Layer[]): SymbolicTensor {
  const apply = (last: SymbolicTensor | SymbolicTensor[], layer: Layer) =>
    single(layer.apply(last));
  return single(layers.reduce(apply, x));
}
