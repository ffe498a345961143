/**
 * BatchMatMul: C = op(A) op(B), where op is an optional transposition.
 *
 * The stock kernel uses XNNPACK only for a single product without transposition. For all others it runs a scalar
 * triple loop, which is about twenty times slower, and it reads a broadcast batch out of bounds. This kernel
 * transposes the operands first and multiplies with XNNPACK. Transposing costs as much as multiplying, so for
 * A^T B = (B^T A)^T, the gradient of every dense layer and pointwise convolution, it transposes the smaller operand.
 */
import { BatchMatMul } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel, stockKernel } from "./kernel.ts";

export function registerMatMul(): void {
  const stock = stockKernel(BatchMatMul);
  const product = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
    stock({ a, b }, { transposeA: false, transposeB: false });

  replaceKernel(
    BatchMatMul,
    ["a", "b"],
    ({ a, b }, { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean }) => {
      if (transposeA && !transposeB && a.size > b.size) {
        return transposeMatrices(tf.matMul(b, a, true));
      }
      const left = matrices(transposeA ? transposeMatrices(a) : a);
      const right = matrices(transposeB ? transposeMatrices(b) : b);
      const [leftBatch, rows, inner] = left.shape;
      const [rightBatch, , columns] = right.shape;
      const batch = tf.backend_util.assertAndGetBroadcastShape(
        a.shape.slice(0, -2),
        b.shape.slice(0, -2),
      );
      const shape = [...batch, rows, columns];
      if (rightBatch === 1) {
        // With one right-hand side, the batch of left-hand sides is one tall matrix.
        return tf.reshape(product(tf.reshape(left, [1, leftBatch * rows, inner]), right), shape);
      }
      if (leftBatch !== 1 && leftBatch !== rightBatch) {
        throw new Error(
          `${BatchMatMul}: batches [${a.shape.join()}] and [${b.shape.join()}] are not supported.`,
        );
      }
      const lefts = leftBatch === 1 ? [] : tf.split(left, leftBatch);
      const products = tf
        .split(right, rightBatch)
        .map((matrix, i) => product(lefts[i] ?? left, matrix));
      return tf.reshape(tf.concat(products), shape);
    },
  );
}

function transposeMatrices(tensor: tf.Tensor): tf.Tensor {
  const axes = tensor.shape.map((_, axis) => axis);
  return tf.transpose(tensor, [...axes.slice(0, -2), tensor.rank - 1, tensor.rank - 2]);
}

function matrices(tensor: tf.Tensor): tf.Tensor3D {
  const { rank, shape } = tensor;
  return tf.reshape(tensor, [-1, shape[rank - 2]!, shape[rank - 1]!]);
}
