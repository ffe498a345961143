import * as tf from "@tensorflow/tfjs-core";
import { hardestNegatives } from "./hardestNegatives.ts";

/**
 * Quadruplets as positions in the batch, int32 [q] each: an anchor i, its positive j, a negative k of
 * the anchor, and a negative l of the positive.
 */
export interface Quadruplets {
  anchors: tf.Tensor1D;
  positives: tf.Tensor1D;
  negativesOfAnchor: tf.Tensor1D;
  negativesOfPositive: tf.Tensor1D;
}

/** Makes quadruplets of positive pairs and the hardest negatives of their ends. */
export function withHardestNegatives(
  { anchors, positives }: Pick<Quadruplets, "anchors" | "positives">,
  similarity: tf.Tensor2D,
  labels: readonly number[],
): Quadruplets {
  return tf.tidy(() => {
    const negatives = hardestNegatives(similarity, labels);
    return {
      anchors,
      positives,
      negativesOfAnchor: tf.gather(negatives, anchors),
      negativesOfPositive: tf.gather(negatives, positives),
    };
  });
}
