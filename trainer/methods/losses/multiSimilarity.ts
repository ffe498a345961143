import * as tf from "@tensorflow/tfjs-core";
import { detach } from "../detach.ts";
import { holdsBothKinds, negativeMask, positiveMask } from "../mining/pairs.ts";
import { logSumExpWhere } from "./logSumExpWhere.ts";
import { zeroOf } from "./zero.ts";

interface Options {
  /** How much more a hard positive weighs than an easy one; the paper's alpha. */
  pull: number;
  /** How much more a hard negative weighs than an easy one; the paper's beta. */
  push: number;
  /** The cosine at which pairs begin to weigh; the paper's lambda. */
  base: number;
  /** The margin of the mining; the paper's epsilon. */
  margin: number;
}

/**
 * The multi-similarity loss with its mining (Wang et al., Multi-Similarity Loss with General Pair
 * Weighting for Deep Metric Learning, 2019, equations 10, 11 and 15), mean over items i:
 *
 *     log(1 + sum_j exp(-pull (S_ij - base))) / pull + log(1 + sum_k exp(push (S_ik - base))) / push
 *
 * over the positives j of i with S_ij < max_k S_ik + margin and the negatives k of i with
 * S_ik > min_j S_ij - margin. No gradient flows through the mining. An item without a positive, without
 * a negative or without a hard pair counts as zero.
 *
 * @param cosines [n, n]
 * @returns scalar; zero, with a gradient of zero, when the batch holds no positive or no negative pair
 */
export function multiSimilarity(
  cosines: tf.Tensor2D,
  labels: readonly number[],
  { pull, push, base, margin }: Options,
): tf.Scalar {
  if (!holdsBothKinds(labels)) return zeroOf(cosines);
  return tf.tidy(() => {
    const { positives, negatives } = hardPairs(detach(cosines), labels, margin);
    const offsets = tf.sub<tf.Tensor2D>(cosines, base);
    const pulls = tf.softplus(logSumExpWhere(tf.mul<tf.Tensor2D>(offsets, -pull), positives));
    const pushes = tf.softplus(logSumExpWhere(tf.mul<tf.Tensor2D>(offsets, push), negatives));
    return tf.mean(tf.add(tf.div(pulls, pull), tf.div(pushes, push)));
  });
}

/** The pairs of each row that mining keeps, as masks, bool [n, n]. */
function hardPairs(cosines: tf.Tensor2D, labels: readonly number[], margin: number) {
  const positive = positiveMask(labels);
  const negative = negativeMask(labels);
  // Infinite in a row without pairs of one kind, so that no pair of the other kind is kept.
  const lowest = tf.min(tf.where(positive, cosines, tf.fill(cosines.shape, Infinity)), 1, true);
  const highest = tf.max(tf.where(negative, cosines, tf.fill(cosines.shape, -Infinity)), 1, true);
  return {
    positives: tf.logicalAnd<tf.Tensor2D>(positive, tf.less(cosines, tf.add(highest, margin))),
    negatives: tf.logicalAnd<tf.Tensor2D>(negative, tf.greater(cosines, tf.sub(lowest, margin))),
  };
}
