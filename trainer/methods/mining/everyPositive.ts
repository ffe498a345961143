import * as tf from "@tensorflow/tfjs-core";
import { holdsBothKinds, positivePairs } from "./pairs.ts";
import { type Quadruplets, withHardestNegatives } from "./quadruplets.ts";

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
  if (!holdsBothKinds(labels)) return null;
  const { i, j } = positivePairs(labels);
  const pairs = { anchors: tf.tensor1d(i, "int32"), positives: tf.tensor1d(j, "int32") };
  return withHardestNegatives(pairs, similarity, labels);
}
