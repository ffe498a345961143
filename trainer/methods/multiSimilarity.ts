import * as tf from "@tensorflow/tfjs-core";
import * as z from "zod";
import { detach } from "./detach.ts";
import { logSumExpWhere } from "./losses/logSumExpWhere.ts";
import { zeroOf } from "./losses/zero.ts";
import { defineMethod } from "./method.ts";
import { holdsBothKinds, negativeMask, positiveMask } from "./mining/pairs.ts";

interface Options {
  /** Scale of the positive term (the paper's alpha): a larger one gives hard positives more weight. */
  pull: number;
  /** Scale of the negative term (the paper's beta): a larger one gives hard negatives more weight. */
  push: number;
  /** Cosine that both terms subtract (the paper's lambda). */
  base: number;
  /** Margin of the mining (the paper's epsilon). */
  margin: number;
}

/**
 * The multi-similarity loss with its mining (Wang et al., Multi-Similarity Loss with General Pair
 * Weighting for Deep Metric Learning, 2019, equations 10, 11 and 15), mean over items i:
 *
 *     log(1 + sum_j exp(-pull (S_ij - base))) / pull + log(1 + sum_k exp(push (S_ik - base))) / push
 *
 * j runs over the positives of i with S_ij < max_k S_ik + margin, k over the negatives of i with
 * S_ik > min_j S_ij - margin. No gradient flows through this mining. An item adds zero if it has no
 * positive, no negative or no mined pair.
 *
 * @param cosines [n, n]
 * @returns scalar; zero with a zero gradient if the batch has no positive or no negative pair
 */
export function multiSimilarityLoss(
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

/** Masks of the pairs that the mining keeps, bool [n, n]. */
function hardPairs(cosines: tf.Tensor2D, labels: readonly number[], margin: number) {
  const positive = positiveMask(labels);
  const negative = negativeMask(labels);
  // A row without positives has an infinite minimum, so no negative passes; and vice versa.
  const lowest = tf.min(tf.where(positive, cosines, tf.fill(cosines.shape, Infinity)), 1, true);
  const highest = tf.max(tf.where(negative, cosines, tf.fill(cosines.shape, -Infinity)), 1, true);
  return {
    positives: tf.logicalAnd<tf.Tensor2D>(positive, tf.less(cosines, tf.add(highest, margin))),
    negatives: tf.logicalAnd<tf.Tensor2D>(negative, tf.greater(cosines, tf.sub(lowest, margin))),
  };
}

export const multiSimilarity = defineMethod({
  title: "multi-similarity",
  form: "local",
  hyperparameters: {
    pull: z
      .number()
      .gt(0)
      .default(2)
      .describe("the paper's alpha: a larger one gives hard positives more weight"),
    push: z
      .number()
      .gt(0)
      .default(50)
      .describe("the paper's beta: a larger one gives hard negatives more weight"),
    // The paper states 1, the authors' code uses 0.5.
    base: z
      .number()
      .min(-1)
      .max(1)
      .default(0.5)
      .describe("the paper's lambda: cosine threshold of both terms"),
    margin: z.number().min(0).default(0.1).describe("the paper's epsilon: margin of the mining"),
  },
  losses: ({ cosines, labels }, hyperparameters) => ({
    embedding: multiSimilarityLoss(cosines, labels, hyperparameters),
  }),
});
