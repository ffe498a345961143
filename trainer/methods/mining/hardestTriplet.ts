import * as tf from "@tensorflow/tfjs-core";
import { hardestNegatives } from "./hardestNegatives.ts";
import { hardestPair } from "./hardestPair.ts";
import { holdsBothKinds } from "./pairs.ts";
import type { Triplets } from "./triplets.ts";

/**
 * Mining of PDDM + triplet, a baseline of Huang et al.: the hardest positive pair of the batch, and the
 * hardest negative of its anchor.
 *
 *     (i, j) = argmin S over same-class pairs i < j    k = argmax_k S_ik
 *
 * @param similarity [n, n]
 * @returns one triplet; null if the batch has no positive or no negative pair
 */
export function mineHardestTriplet(
  similarity: tf.Tensor2D,
  labels: readonly number[],
): Triplets | null {
  if (!holdsBothKinds(labels)) return null;
  return tf.tidy(() => {
    const { anchors, positives } = hardestPair(similarity, labels);
    const negatives = tf.gather(hardestNegatives(similarity, labels), anchors);
    return { anchors, positives, negatives };
  });
}
