import type { Learner } from "../training/learner.ts";
import { type Exported, exportNetwork, joinNetworks } from "./network.ts";

/**
 * Exports the frozen trunk and the trained network as one network, with the weights of S.
 *
 * @throws UserError that names the layer if the edge cannot run one
 */
export function exportLearner({ network, trunk, similarityState }: Learner): Exported {
  const tail = exportNetwork(network);
  const { network: layers, tensors } = trunk ? joinNetworks(trunk, tail) : tail;
  const all = new Map(tensors);
  for (const [name, variable] of similarityState) {
    all.set(name, { shape: variable.shape, values: variable.dataSync<"float32">() });
  }
  return { network: layers, tensors: all };
}
