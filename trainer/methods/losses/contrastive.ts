import * as tf from "@tensorflow/tfjs-core";
import { negativeMask, positiveMask } from "../mining/pairs.ts";
import { meanWhere } from "./meanWhere.ts";

/**
 * The contrastive loss (Hadsell et al., Dimensionality Reduction by Learning an Invariant Mapping,
 * 2006):
 *
 *     mean over positive pairs of D_ij^2  +  mean over negative pairs of [margin - D_ij]+^2
 *
 * The paper sums half of these over all pairs. Here each kind of pair has its own mean, because a
 * batch holds many more negative pairs, which would drown the positive ones.
 *
 * @param distances [n, n], Euclidean
 * @param margin at most 2 for unit vectors, which lie no farther apart
 * @returns scalar; the term of a kind of pair that the batch does not hold is zero, with a gradient
 *   of zero
 */
export function contrastive(
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
