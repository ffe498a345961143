import * as tf from "@tensorflow/tfjs-core";
import { detach } from "../detach.ts";
import { holdsBothKinds, negativeMask, positiveMask } from "../mining/pairs.ts";
import { logSumExpWhere } from "./logSumExpWhere.ts";
import { zeroOf } from "./zero.ts";

/**
 * - alpha, beta: how much more a hard positive, a hard negative weighs than an easy one;
 * - base: the cosine at which either begins to matter. The paper says 1, the code that its authors
 *   published 0.5;
 * - epsilon: the margin of the mining.
 */
export const MULTI_SIMILARITY = { alpha: 2, beta: 50, base: 0.5, epsilon: 0.1 } as const;

/**
 * The multi-similarity loss with its mining (Wang et al., Multi-Similarity Loss with General Pair
 * Weighting for Deep Metric Learning, 2019, equations 10, 11 and 15), mean over items i:
 *
 *     log(1 + sum_j exp(-alpha (S_ij - base))) / alpha + log(1 + sum_k exp(beta (S_ik - base))) / beta
 *
 * over the positives j of i with S_ij < max_k S_ik + epsilon and the negatives k of i with
 * S_ik > min_j S_ij - epsilon. What is mined carries no gradient. An item without a positive, without
 * a negative or without a hard pair counts, with zero.
 *
 * @param cosines [n, n]
 * @returns scalar; zero, with a gradient of zero, when the batch holds no positive or no negative pair
 */
export function multiSimilarity(cosines: tf.Tensor2D, labels: readonly number[]): tf.Scalar {
  if (!holdsBothKinds(labels)) return zeroOf(cosines);
  return tf.tidy(() => {
    const { alpha, beta, base } = MULTI_SIMILARITY;
    const { positives, negatives } = hardPairs(detach(cosines), labels);
    const offsets = tf.sub<tf.Tensor2D>(cosines, base);
    const pull = tf.softplus(logSumExpWhere(tf.mul<tf.Tensor2D>(offsets, -alpha), positives));
    const push = tf.softplus(logSumExpWhere(tf.mul<tf.Tensor2D>(offsets, beta), negatives));
    return tf.mean(tf.add(tf.div(pull, alpha), tf.div(push, beta)));
  });
}

/** Masks, bool [n, n], of the pairs of each row that mining keeps. */
function hardPairs(cosines: tf.Tensor2D, labels: readonly number[]) {
  const { epsilon } = MULTI_SIMILARITY;
  const positive = positiveMask(labels);
  const negative = negativeMask(labels);
  // Infinite where there is none of a kind, which then keeps nothing of the other kind.
  const lowest = tf.min(tf.where(positive, cosines, tf.fill(cosines.shape, Infinity)), 1, true);
  const highest = tf.max(tf.where(negative, cosines, tf.fill(cosines.shape, -Infinity)), 1, true);
  return {
    positives: tf.logicalAnd<tf.Tensor2D>(positive, tf.less(cosines, tf.add(highest, epsilon))),
    negatives: tf.logicalAnd<tf.Tensor2D>(negative, tf.greater(cosines, tf.sub(lowest, epsilon))),
  };
}
