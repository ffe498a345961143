import * as tf from "@tensorflow/tfjs-core";
import { NORM_EPSILON } from "../../shared/pddm/unit.ts";

/**
 * Euclidean distances of all pairs of unit vectors: D_ij = sqrt(2 - 2 f_i . f_j + NORM_EPSILON). The
 * epsilon keeps the gradient finite for equal vectors.
 *
 * @param features [n, d], rows of length 1
 * @returns [n, n]
 */
export function pairwiseDistances(features: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const cosines = tf.matMul(features, features, false, true);
    const squared = tf.relu(tf.sub(2, tf.mul(cosines, 2)));
    return tf.sqrt(tf.add<tf.Tensor2D>(squared, NORM_EPSILON));
  });
}
