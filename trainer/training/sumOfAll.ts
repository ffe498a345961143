import * as tf from "@tensorflow/tfjs-core";

/** A scalar that is finite only where all values of some tensors are. */
export function sumOfAll(tensors: readonly tf.Tensor[]): tf.Scalar {
  if (tensors.length === 0) return tf.scalar(0);
  return tf.tidy(() => tf.addN<tf.Scalar>(tensors.map((tensor) => tf.sum<tf.Scalar>(tensor))));
}
