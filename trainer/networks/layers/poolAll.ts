import { layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { chain } from "./chain.ts";
import { sizeAt } from "../sizeAt.ts";

/**
 * Pools a map to a vector: per channel, the mean over all positions plus the maximum. The mean says how much of
 * something is in the picture; the maximum says whether it is there at all, however small.
 *
 * The layers are named `pool-average`, `pool-max`, `pool-flat` and, the last one, `pool`.
 *
 * @param map [n, height, width, channels] @returns [n, channels]
 */
export function poolAll(map: SymbolicTensor, name: string): SymbolicTensor {
  const poolSize: [number, number] = [sizeAt(map, 1), sizeAt(map, 2)];
  const average = layers.globalAveragePooling2d({ name: `${name}-average` });
  const largest = layers.maxPooling2d({ name: `${name}-max`, poolSize });
  const flat = layers.flatten({ name: `${name}-flat` });
  return chain([chain(map, average), chain(map, largest, flat)], layers.add({ name }));
}
