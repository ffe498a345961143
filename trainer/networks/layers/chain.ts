import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { single } from "./single.ts";

type Layer = LayersModel["layers"][number];

/** The layers one after the other, the first of them reading `x`. */
export function chain(x: SymbolicTensor | SymbolicTensor[], ...layers: Layer[]): SymbolicTensor {
  const [first, ...rest] = layers;
  return rest.reduce((last, layer) => single(layer.apply(last)), single(first.apply(x)));
}
