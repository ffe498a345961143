import * as tf from "@tensorflow/tfjs-core";
import {
  hardestNegatives,
  holdsQuadruplet,
  positivePairs,
  type Quadruplets,
} from "./quadruplets.ts";

/**
 * A quadruplet for every positive pair of the batch, each with the hardest negative of either end.
 * A single hardest pair is often an outlier; every pair has something to teach.
 *
 * @param similarity [n, n]
 * @returns a quadruplet for each pair i < j, or null when the batch holds no positive or no negative
 */
export function mineEveryPositive(
  similarity: tf.Tensor2D,
  labels: readonly number[],
): Quadruplets | null {
  if (!holdsQuadruplet(labels)) return null;
  const pairs = positivePairs(labels);
  return tf.tidy(() => {
    const anchors = tf.tensor1d(pairs.i, "int32");
    const positives = tf.tensor1d(pairs.j, "int32");
    const negatives = hardestNegatives(similarity, labels);
    return {
      anchors,
      positives,
      negativesOfAnchor: tf.gather(negatives, anchors),
      negativesOfPositive: tf.gather(negatives, positives),
    };
  });
}
