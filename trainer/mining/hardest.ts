import * as tf from "@tensorflow/tfjs-core";
import {
  hardestNegatives,
  holdsQuadruplet,
  positivePairs,
  type Quadruplets,
} from "./quadruplets.ts";

/**
 * PDDM hard-quadruplet mining (Huang et al., section 3.2): the one hardest positive pair of the
 * batch, and in the neighbourhood that it spans the hardest negative of either end.
 *
 *     (i, j) = argmin S over same-class pairs    k = argmax_k S_ik    l = argmax_l S_jl
 *
 * @param similarity [n, n]
 * @returns one quadruplet, or null when the batch holds no positive or no negative pair
 */
export function mineHardest(
  similarity: tf.Tensor2D,
  labels: readonly number[],
): Quadruplets | null {
  if (!holdsQuadruplet(labels)) return null;
  const pairs = positivePairs(labels);
  return tf.tidy(() => {
    const cells = pairs.i.map((i, pair) => i * labels.length + pairs.j[pair]);
    const scores = tf.gather(tf.reshape(similarity, [-1]), tf.tensor1d(cells, "int32"));
    const hardest = tf.reshape(tf.argMin(scores), [1]);
    const anchors = tf.gather(tf.tensor1d(pairs.i, "int32"), hardest);
    const positives = tf.gather(tf.tensor1d(pairs.j, "int32"), hardest);
    const negatives = hardestNegatives(similarity, labels);
    return {
      anchors,
      positives,
      negativesOfAnchor: tf.gather(negatives, anchors),
      negativesOfPositive: tf.gather(negatives, positives),
    };
  });
}
