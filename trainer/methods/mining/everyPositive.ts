import * as tf from "@tensorflow/tfjs-core";
import { holdsBothKinds, positivePairs } from "./pairs.ts";
import { type Quadruplets, withHardestNegatives } from "./quadruplets.ts";

/**
 * Makes a quadruplet of every positive pair of the batch and the hardest negative of each of its ends.
 * The single hardest pair, which the paper takes, is often an outlier.
 *
 * @param similarity [n, n]
 * @returns a quadruplet for each positive pair i < j; null if the batch has no positive or no negative
 *   pair
 */
export function mineEveryPositive(
  similarity: tf.Tensor2D,
  labels: readonly number[],
): Quadruplets | null {
  if (!holdsBothKinds(labels)) return null;
  const { i, j } = positivePairs(labels);
  const pairs = { anchors: tf.tensor1d(i, "int32"), positives: tf.tensor1d(j, "int32") };
  return withHardestNegatives(pairs, similarity, labels);
}
