import * as tf from "@tensorflow/tfjs-core";
import { cellsAt } from "./cells.ts";
import { holdsBothKinds, negativeMask, positivePairs } from "./pairs.ts";
import type { Triplets } from "./triplets.ts";

/**
 * Semi-hard mining (Schroff et al., FaceNet, 2015). Each positive pair gives two triplets, with either end
 * as the anchor i. The negative is the most similar one that is less similar than the positive:
 *
 *     k = argmax_k S_ik over the negatives of i with S_ik < S_ij
 *
 * If no negative is less similar than the positive, the anchor takes its least similar negative,
 * argmin_k S_ik. The paper leaves this case open; this is the usual choice.
 *
 * @param similarity [n, n]
 * @returns triplets of all pairs i < j with anchor i, then of the same pairs with anchor j; null if the
 *   batch has no positive or no negative pair
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

    // [2q, n]: similarities of each anchor to its negatives, minus infinity for all other items.
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
