import * as tf from "@tensorflow/tfjs-core";
import { cellsAt } from "../mining/cells.ts";
import { holdsBothKinds, negativeMask, positivePairs } from "../mining/pairs.ts";
import { zeroOf } from "./zero.ts";

/**
 * The double-header hinge over all negatives of both ends of a pair, instead of the hardest ones:
 *
 *     mean over pairs (i, j) of  mean_k [margin - s_ij + s_ik]+  +  mean_l [margin - s_ij + s_jl]+
 *
 * It needs no mining. Early in training S does not know which negatives are hard, so mining by S chooses
 * badly.
 *
 * @param similarity [n, n], larger = more similar
 * @returns scalar; zero with a zero gradient if the batch has no positive or no negative pair
 */
export function allNegativesHinge(
  similarity: tf.Tensor2D,
  labels: readonly number[],
  margin: number,
): tf.Scalar {
  if (!holdsBothKinds(labels)) return zeroOf(similarity);
  const { i, j } = positivePairs(labels);
  return tf.tidy(() => {
    const positive = cellsAt(similarity, tf.tensor1d(i, "int32"), tf.tensor1d(j, "int32"));
    // Both ends of a pair are anchors: [2q, n] negatives against [2q, 1] positives.
    const ends = tf.tensor1d([...i, ...j], "int32");
    const mask = tf.cast(tf.gather(tf.cast(negativeMask(labels), "float32"), ends), "float32");
    const negatives = tf.gather(similarity, ends);
    const positives = tf.expandDims(tf.tile(positive, [2]), 1);
    const hinges = tf.mul(tf.relu(tf.add(tf.sub(negatives, positives), margin)), mask);
    const perEnd = tf.div(tf.sum(hinges, 1), tf.sum(mask, 1));
    return tf.mul(tf.mean(perEnd), 2);
  });
}
