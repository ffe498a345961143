import * as tf from "@tensorflow/tfjs-core";
import * as z from "zod";
import { logSumExpWhere } from "./losses/logSumExpWhere.ts";
import { zeroOf } from "./losses/zero.ts";
import { defineMethod } from "./method.ts";
import { cellsAt } from "./mining/cells.ts";
import { holdsBothKinds, negativeMask, positivePairs } from "./mining/pairs.ts";

/**
 * The lifted structured loss in its smooth form (Song et al., Deep Metric Learning via Lifted
 * Structured Feature Embedding, 2016, equation 4). k runs over the negatives of i, l over those of j:
 *
 *     J_ij = log(sum_k exp(margin - D_ik) + sum_l exp(margin - D_jl)) + D_ij
 *     loss = mean over positive pairs of [J_ij]+^2 / 2
 *
 * @param distances [n, n], Euclidean
 * @param margin 1 in the paper
 * @returns scalar; zero with a zero gradient if the batch has no positive or no negative pair
 */
export function liftedLoss(
  distances: tf.Tensor2D,
  labels: readonly number[],
  margin: number,
): tf.Scalar {
  if (!holdsBothKinds(labels)) return zeroOf(distances);
  const pairs = positivePairs(labels);
  return tf.tidy(() => {
    const i = tf.tensor1d(pairs.i, "int32");
    const j = tf.tensor1d(pairs.j, "int32");
    // All pairs of an item share its sum over negatives.
    const perItem = logSumExpWhere(tf.sub(margin, distances), negativeMask(labels));
    const perPair = tf.logSumExp(tf.stack([tf.gather(perItem, i), tf.gather(perItem, j)], 1), 1);
    const hinges = tf.relu(tf.add(perPair, cellsAt(distances, i, j)));
    return tf.div(tf.mean(tf.square(hinges)), 2);
  });
}

export const lifted = defineMethod({
  title: "lifted structure",
  published: { cub: 47.2, cars: 49 },
  form: "local",
  hyperparameters: {
    margin: z.number().min(0).default(1).describe("margin between positives and negatives"),
  },
  losses: ({ distances, labels }, { margin }) => ({
    embedding: liftedLoss(distances, labels, margin),
  }),
});
