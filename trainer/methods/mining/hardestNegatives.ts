import * as tf from "@tensorflow/tfjs-core";
import { negativeMask } from "./pairs.ts";

/**
 * The most similar negative of each item; the first one if several are equal.
 *
 * @param similarity [n, n]
 * @returns positions in the batch, int32 [n]
 */
export function hardestNegatives(similarity: tf.Tensor2D, labels: readonly number[]): tf.Tensor1D {
  return tf.tidy(() => {
    const masked = tf.where(negativeMask(labels), similarity, tf.fill(similarity.shape, -Infinity));
    return tf.argMax(masked, 1);
  });
}
