import type * as tf from "@tensorflow/tfjs-core";
import { hardestPair } from "./hardestPair.ts";
import { holdsBothKinds } from "./pairs.ts";
import { type Quadruplets, withHardestNegatives } from "./quadruplets.ts";

/**
 * Hard-quadruplet mining of PDDM (Huang et al., section 3.2): the hardest positive pair of the batch,
 * and the hardest negative of each of its ends.
 *
 *     (i, j) = argmin S over same-class pairs    k = argmax_k S_ik    l = argmax_l S_jl
 *
 * @param similarity [n, n]
 * @returns one quadruplet; null if the batch has no positive or no negative pair
 */
export function mineHardest(
  similarity: tf.Tensor2D,
  labels: readonly number[],
): Quadruplets | null {
  if (!holdsBothKinds(labels)) return null;
  return withHardestNegatives(hardestPair(similarity, labels), similarity, labels);
}
