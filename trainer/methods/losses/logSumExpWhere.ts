import * as tf from "@tensorflow/tfjs-core";

/** exp(this - any score) is 0. Minus infinity would make a row of nothing else NaN. */
const NOTHING = -1e30;

/**
 * log sum_k exp(x_ik) of each row over the k where the mask holds, without overflow.
 *
 * log(1 + sum_k exp(x_ik)) is the softplus of it, and so zero, with a gradient of zero, for a row
 * where the mask holds nowhere.
 *
 * @param x [m, n]
 * @param mask bool [m, n]
 * @returns [m]
 */
export function logSumExpWhere(x: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => tf.logSumExp(tf.where(mask, x, tf.fill(x.shape, NOTHING)), 1));
}
