import * as tf from "@tensorflow/tfjs-core";

/** Zero as a function of x: the loss of a batch without pairs. Its gradient with respect to x is zero. */
export function zeroOf(x: tf.Tensor): tf.Scalar {
  return tf.tidy(() => tf.sum<tf.Scalar>(tf.zerosLike(x)));
}
