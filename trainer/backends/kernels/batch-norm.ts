/**
 * FusedBatchNorm: y = (x - mean) r scale + offset with r = 1 / sqrt(variance + epsilon).
 *
 * The stock kernel computes one value at a time. This kernel computes y = x a + b, which XNNPACK does in one pass
 * as a 1x1 depthwise convolution with a bias.
 */
import { FusedBatchNorm } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel, stockKernel } from "./kernel.ts";

export function registerBatchNorm(): void {
  const stock = stockKernel(FusedBatchNorm);
  replaceKernel(
    FusedBatchNorm,
    ["x", "mean", "variance"],
    ({ x, mean, variance, scale, offset }, attributes: { varianceEpsilon: number }) => {
      if (mean.rank !== 1) return stock({ x, mean, variance, scale, offset }, { ...attributes });
      const r = tf.rsqrt(tf.add(variance, attributes.varianceEpsilon));
      const slope = scale ? tf.mul(r, scale) : r;
      const shift = tf.neg(tf.mul(mean, slope));
      return tf.fused.depthwiseConv2d({
        x: x as tf.Tensor4D,
        filter: tf.reshape(slope, [1, 1, mean.size, 1]),
        strides: 1,
        pad: "valid",
        bias: offset ? tf.add(shift, offset) : shift,
      });
    },
    ["scale", "offset"],
  );
}
