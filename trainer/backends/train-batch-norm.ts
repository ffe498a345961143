/**
 * Batch norm in training, over all axes but the last: y = (x - mean) r scale + offset with
 * r = 1 / sqrt(variance + epsilon), where mean and variance are those of x. It uses a kernel of the backend if
 * there is one (tensorflow/train-batch-norm.ts), else ops as in tfjs-layers. The gradient of these ops takes about
 * twenty passes over x, because it goes through mean and variance.
 */
import * as tf from "@tensorflow/tfjs-core";

/** A kernel from x [n, h, w, c], scale and offset to y, mean, variance and inputs of the gradient kernel. */
export const TRAIN_BATCH_NORM = "TrainBatchNorm";
/** A kernel from dy, x, scale and the outputs that follow variance above, in order, to dx, dscale and doffset. */
export const TRAIN_BATCH_NORM_GRADIENT = "TrainBatchNormGrad";

/** Number of outputs of the kernel that only the gradient kernel reads. */
const RESERVED = 3;

tf.registerGradient({
  kernelName: TRAIN_BATCH_NORM,
  inputsToSave: ["x", "scale"],
  outputsToSave: [false, false, false, ...Array<true>(RESERVED).fill(true)],
  gradFunc: (dys, saved, attributes) => {
    const inputs = {
      dy: (dys as tf.Tensor[])[0]!,
      x: saved[0]!,
      scale: saved[1]!,
      ...Object.fromEntries(saved.slice(2).entries()),
    };
    const gradients = tf
      .engine()
      .runKernel<tf.Tensor[]>(TRAIN_BATCH_NORM_GRADIENT, inputs, attributes);
    return { x: () => gradients[0]!, scale: () => gradients[1]!, offset: () => gradients[2]! };
  },
});

/**
 * Normalizes a batch.
 *
 * @param x [..., c]
 * @param scale [c], as `offset`
 * @returns `y` of the shape of x, and mean and variance [c] of the batch, which pass no gradient
 */
export function trainBatchNorm(
  x: tf.Tensor,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
): { y: tf.Tensor; mean: tf.Tensor; variance: tf.Tensor } {
  return tf.tidy(() => {
    if (!tf.getKernel(TRAIN_BATCH_NORM, tf.getBackend())) {
      const axes = x.shape.slice(1).map((_, axis) => axis);
      const moments = tf.moments(x, axes);
      const [mean, variance] = [moments.mean, moments.variance] as [tf.Tensor1D, tf.Tensor1D];
      return { y: tf.batchNorm(x, mean, variance, offset, scale, epsilon), mean, variance };
    }
    const image = x.rank === 4 ? x : tf.reshape(x, [-1, 1, 1, scale.size]);
    const outputs = tf
      .engine()
      .runKernel<tf.Tensor[]>(TRAIN_BATCH_NORM, { x: image, scale, offset }, { epsilon });
    return { y: tf.reshape(outputs[0]!, x.shape), mean: outputs[1]!, variance: outputs[2]! };
  });
}
