import * as tf from "@tensorflow/tfjs-core";
import { hardestNegatives } from "./hardestNegatives.ts";
import { hardestPair } from "./hardestPair.ts";
import { holdsBothKinds } from "./pairs.ts";
import type { Triplets } from "./triplets.ts";

/**
 * The mining of PDDM + triplet, which Huang et al. compare with: the one hardest positive pair of the
 * batch, and the hardest negative of its anchor alone.
 *
 *     (i, j) = argmin S over same-class pairs i < j    k = argmax_k S_ik
 *
 * @param similarity [n, n]
 * @returns one triplet, or null when the batch holds no positive or no negative pair
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
