/** Transposition of the last two axes. */
import * as tf from "@tensorflow/tfjs-core";

export function transposeMatrices(tensor: tf.Tensor): tf.Tensor {
  const axes = tensor.shape.map((_, axis) => axis);
  return tf.transpose(tensor, [...axes.slice(0, -2), tensor.rank - 1, tensor.rank - 2]);
}
