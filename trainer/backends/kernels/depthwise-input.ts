/**
 * DepthwiseConv2dNativeBackpropInput:
 * dx[n, h, w, c] = sum of dy[n, p, q, c m + k] W[i, j, c, k] over all k and all p s + i = h + pad.
 *
 * Missing upstream. A depthwise convolution of dy, spread out by the strides, with the filter turned
 * by 180 degrees, summed over the channel multiplier.
 */
import { DepthwiseConv2dNativeBackpropInput } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type ConvAttributes, convInfo, fullPadding } from "./geometry.ts";
import { replaceKernel } from "./kernel.ts";
import { spread } from "./spread.ts";

export function registerDepthwiseInputGradient(): void {
  replaceKernel(
    DepthwiseConv2dNativeBackpropInput,
    ["dy", "filter"],
    ({ dy, filter }, attributes: ConvAttributes & { inputShape: number[] }) => {
      const kernel = DepthwiseConv2dNativeBackpropInput;
      const info = convInfo(kernel, attributes.inputShape, filter.shape, attributes, true);
      const padding = fullPadding(kernel, info);
      const image = spread(dy, info.strideHeight, info.strideWidth) as tf.Tensor4D;
      const turned = tf.reshape<tf.Rank.R4>(tf.reverse(filter, [0, 1]), [
        info.filterHeight,
        info.filterWidth,
        info.outChannels,
        1,
      ]);
      const gradient = tf.depthwiseConv2d(image, turned, 1, padding);
      const multiplier = info.outChannels / info.inChannels;
      if (multiplier === 1) return gradient;
      return tf.reshape(tf.sum(tf.reshape(gradient, [-1, multiplier]), 1), info.inShape);
    },
  );
}
