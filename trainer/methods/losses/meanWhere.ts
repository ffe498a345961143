import * as tf from "@tensorflow/tfjs-core";

/**
 * The mean of the values that the mask selects.
 *
 * @param values [n, n]
 * @param mask bool [n, n], true = selected
 * @returns scalar; zero with a zero gradient if the mask selects nothing
 */
export function meanWhere(values: tf.Tensor2D, mask: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const sum = tf.sum(tf.where(mask, values, tf.zerosLike(values)));
    return tf.div(sum, tf.maximum(tf.sum(tf.cast(mask, "float32")), 1));
  });
}
