import * as tf from "@tensorflow/tfjs-core";
import * as z from "zod";
import { meanWhere } from "./losses/meanWhere.ts";
import { defineMethod } from "./method.ts";
import { negativeMask, positiveMask } from "./mining/pairs.ts";

/**
 * The contrastive loss (Hadsell et al., Dimensionality Reduction by Learning an Invariant Mapping,
 * 2006):
 *
 *     mean over positive pairs of D_ij^2  +  mean over negative pairs of [margin - D_ij]+^2
 *
 * The paper sums half of these terms over all pairs. Here positive and negative pairs have separate
 * means, because a batch has many more negative pairs and a joint mean would hide the positive ones.
 *
 * @param distances [n, n], Euclidean
 * @param margin a distance; unit vectors are at most 2 apart
 * @returns scalar; a term without pairs is zero with a zero gradient
 */
export function contrastiveLoss(
  distances: tf.Tensor2D,
  labels: readonly number[],
  margin: number,
): tf.Scalar {
  return tf.tidy(() => {
    const pull = meanWhere(tf.square(distances), positiveMask(labels));
    const closer = tf.relu(tf.sub<tf.Tensor2D>(margin, distances));
    const push = meanWhere(tf.square(closer), negativeMask(labels));
    return tf.add(pull, push);
  });
}

export const contrastive = defineMethod({
  title: "contrastive",
  published: { cub: 26.4, cars: 21.7 },
  form: "local",
  hyperparameters: {
    margin: z
      .number()
      .min(0)
      .default(1)
      .describe("distance beyond which a negative pair adds no loss"),
  },
  losses: ({ distances, labels }, { margin }) => ({
    embedding: contrastiveLoss(distances, labels, margin),
  }),
});
