import * as tf from "@tensorflow/tfjs-core";

/**
 * The cells of a matrix at (rows, columns). Gradients flow to these cells only.
 *
 * @param matrix [n, n]
 * @param rows int32 [q]
 * @param columns int32 [q]
 * @returns [q]
 */
export function cellsAt(matrix: tf.Tensor2D, rows: tf.Tensor1D, columns: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => {
    const starts = tf.mul(rows, tf.scalar(matrix.shape[1], "int32"));
    return tf.gather(tf.reshape<tf.Rank.R1>(matrix, [-1]), tf.add<tf.Tensor1D>(starts, columns));
  });
}
