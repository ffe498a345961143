import type * as tf from "@tensorflow/tfjs-core";

/** Triplets as positions in the batch, int32 [q] each: an anchor i, its positive j, its negative k. */
export interface Triplets {
  anchors: tf.Tensor1D;
  positives: tf.Tensor1D;
  negatives: tf.Tensor1D;
}
