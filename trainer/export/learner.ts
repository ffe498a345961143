import type { Learner } from "../training/learner.ts";
import { type Exported, exportNetwork, joinNetworks } from "./network.ts";

/**
 * Writes what was trained, behind its frozen trunk, as one network with the PDDM unit's weights.
 *
 * @throws UserError that names the layer which the edge cannot run
 */
export function exportLearner({ network, trunk, state }: Learner): Exported {
  const tail = exportNetwork(network);
  const { network: layers, tensors } = trunk ? joinNetworks(trunk, tail) : tail;
  const all = new Map(tensors);
  for (const [name, variable] of state) {
    if (!name.startsWith("pddm/")) continue;
    all.set(name, { shape: variable.shape, values: variable.dataSync<"float32">() });
  }
  return { network: layers, tensors: all };
}
