import * as tf from "@tensorflow/tfjs-core";

/** Zero as a function of x, so that a batch without a quadruplet still has a gradient: zero. */
export function zeroOf(x: tf.Tensor): tf.Scalar {
  return tf.tidy(() => tf.sum<tf.Scalar>(tf.zerosLike(x)));
}
