import * as tf from "@tensorflow/tfjs-core";
import { cellsAt } from "./cells.ts";
import { positivePairs } from "./pairs.ts";

/**
 * The hardest positive pair of the batch, (i, j) = argmin S over same-class pairs i < j; the first one in
 * row-major order if several are equal.
 *
 * @param similarity [n, n]
 * @param labels with at least one positive pair
 * @returns positions in the batch, int32 [1] each
 */
export function hardestPair(
  similarity: tf.Tensor2D,
  labels: readonly number[],
): { anchors: tf.Tensor1D; positives: tf.Tensor1D } {
  return tf.tidy(() => {
    const pairs = positivePairs(labels);
    const i = tf.tensor1d(pairs.i, "int32");
    const j = tf.tensor1d(pairs.j, "int32");
    const hardest = tf.reshape<tf.Rank.R1>(tf.argMin(cellsAt(similarity, i, j)), [1]);
    return { anchors: tf.gather(i, hardest), positives: tf.gather(j, hardest) };
  });
}
