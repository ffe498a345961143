import * as tf from "@tensorflow/tfjs-core";
import { cellsAt } from "./cells.ts";
import { holdsBothKinds, negativeMask, positivePairs } from "./pairs.ts";
import type { Triplets } from "./triplets.ts";

/**
 * Semi-hard mining (Schroff et al., FaceNet, 2015): for every positive pair, either end as the
 * anchor i, the most similar negative of those that are still less similar than the positive.
 *
 *     k = argmax_k S_ik over the negatives of i with S_ik < S_ij
 *
 * An anchor whose negatives are all at least as similar as its positive has none. It then takes its
 * least similar negative, argmin_k S_ik, the one nearest to semi-hard: the usual way to fill what
 * the paper leaves open.
 *
 * @param similarity [n, n]
 * @returns triplets for all pairs i < j with anchor i, then for the same pairs with anchor j, or
 *   null when the batch holds no positive or no negative pair
 */
export function mineSemiHard(similarity: tf.Tensor2D, labels: readonly number[]): Triplets | null {
  if (!holdsBothKinds(labels)) return null;
  const { i, j } = positivePairs(labels);
  return tf.tidy(() => {
    const anchors = tf.tensor1d([...i, ...j], "int32");
    const positives = tf.tensor1d([...j, ...i], "int32");
    const mask = negativeMask(labels);
    const easiest = tf.argMin<tf.Tensor1D>(
      tf.where(mask, similarity, tf.fill(similarity.shape, Infinity)),
      1,
    );

    // [2q, n]: what each anchor's negatives score, minus infinity for all other items.
    const low = tf.fill(similarity.shape, -Infinity);
    const negatives = tf.gather(tf.where(mask, similarity, low), anchors);
    const below = tf.less(negatives, tf.expandDims(cellsAt(similarity, anchors, positives), 1));
    const semiHard = tf.where(below, negatives, tf.fill(negatives.shape, -Infinity));
    const found = tf.greater(tf.max(semiHard, 1), -Infinity);
    return {
      anchors,
      positives,
      negatives: tf.where(found, tf.argMax<tf.Tensor1D>(semiHard, 1), tf.gather(easiest, anchors)),
    };
  });
}
