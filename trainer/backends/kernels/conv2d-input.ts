/**
 * Conv2DBackpropInput: dx[n, h, w, c] = sum of dy[n, p, q, k] W[i, j, c, k] over all p s + i = h + pad.
 *
 * The stock kernel is a scalar loop. This is a convolution of dy, spread out by the strides, with the
 * filter turned by 180 degrees and its channels exchanged; for a 1x1 filter one matrix product.
 */
import { Conv2DBackpropInput } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type ConvAttributes, convInfo, fullPadding } from "./geometry.ts";
import { replaceKernel } from "./kernel.ts";
import { spread } from "./spread.ts";

export function registerConv2DInputGradient(): void {
  replaceKernel(
    Conv2DBackpropInput,
    ["dy", "filter"],
    ({ dy, filter }, attributes: ConvAttributes & { inputShape: number[] }) => {
      const info = convInfo(Conv2DBackpropInput, attributes.inputShape, filter.shape, attributes);
      const padding = fullPadding(Conv2DBackpropInput, info);
      const image = spread(dy, info.strideHeight, info.strideWidth) as tf.Tensor4D;
      const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
      return tf.conv2d(image, turned, 1, padding);
    },
  );
}
