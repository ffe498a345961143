import * as tf from "@tensorflow/tfjs-core";

/** Its exponential is 0. Minus infinity would give NaN for a fully masked row. */
const MASKED = -1e30;

/**
 * log sum_k exp(x_ik) of each row, over the k that the mask selects, without overflow.
 *
 * `tf.softplus` of the result is log(1 + sum_k exp(x_ik)). For a row without a selected k that is zero with
 * a zero gradient.
 *
 * @param x [m, n]
 * @param mask bool [m, n], true = selected
 * @returns [m]
 */
export function logSumExpWhere(x: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => tf.logSumExp(tf.where(mask, x, tf.fill(x.shape, MASKED)), 1));
}
