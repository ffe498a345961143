import * as tf from "@tensorflow/tfjs-core";
import { hardestNegatives } from "./hardestNegatives.ts";
import { holdsBothKinds, positiveMask } from "./pairs.ts";
import type { Triplets } from "./triplets.ts";

/**
 * Batch-hard mining (Hermans et al., In Defense of the Triplet Loss, 2017): each item is an anchor i
 * with its hardest positive and its hardest negative.
 *
 *     j = argmin_j S_ij over the positives of i    k = argmax_k S_ik over its negatives
 *
 * @param similarity [n, n]
 * @returns a triplet for each item that has a positive, in batch order; null if the batch has no
 *   positive or no negative pair
 */
export function mineBatchHard(similarity: tf.Tensor2D, labels: readonly number[]): Triplets | null {
  if (!holdsBothKinds(labels)) return null;
  const items = labels.map((_, item) => item);
  const paired = items.filter((i) => items.some((j) => j !== i && labels[j] === labels[i]));
  return tf.tidy(() => {
    const anchors = tf.tensor1d(paired, "int32");
    const masked = tf.where(positiveMask(labels), similarity, tf.fill(similarity.shape, Infinity));
    return {
      anchors,
      positives: tf.gather(tf.argMin<tf.Tensor1D>(masked, 1), anchors),
      negatives: tf.gather(hardestNegatives(similarity, labels), anchors),
    };
  });
}
