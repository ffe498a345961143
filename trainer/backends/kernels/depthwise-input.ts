/**
 * DepthwiseConv2dNativeBackpropInput:
 * dx[n, h, w, c] = sum of dy[n, p, q, c m + k] W[i, j, c, k] over all k and all p s + i = h + pad.
 *
 * tfjs lacks this kernel. It is a depthwise convolution of dy with the filter rotated by 180 degrees, summed over
 * the channel multiplier m.
 */
import { DepthwiseConv2dNativeBackpropInput } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type ConvAttributes, convInfo, type ExplicitPadding } from "./geometry.ts";
import { replaceKernel } from "./kernel.ts";
import { inputGradient } from "./phases.ts";

export function registerDepthwiseInputGradient(): void {
  replaceKernel(
    DepthwiseConv2dNativeBackpropInput,
    ["dy", "filter"],
    ({ dy, filter }, attributes: ConvAttributes & { inputShape: number[] }) => {
      const kernel = DepthwiseConv2dNativeBackpropInput;
      const info = convInfo(kernel, attributes.inputShape, filter.shape, attributes, true);
      const multiplier = info.outChannels / info.inChannels;
      const taps = tf.reshape(filter, [-1, info.outChannels, 1]);
      return inputGradient(dy, taps, info, (image, turned, padding) => {
        const gradient = squareConv2d(image, turned, padding);
        if (multiplier === 1) return gradient;
        const shape = [...gradient.shape.slice(0, 3), info.inChannels, multiplier];
        return tf.sum(tf.reshape(gradient, shape), 4);
      });
    },
  );
}

/** XNNPACK is fast only for windows of 3, 4, 9 and 25 taps, so others are padded with zeros. */
function squareConv2d(
  image: tf.Tensor4D,
  filter: tf.Tensor4D,
  [batch, [top, bottom], [left, right], channels]: ExplicitPadding,
): tf.Tensor4D {
  const [rows, columns] = filter.shape;
  const below = Math.max(0, columns - rows);
  const beside = Math.max(0, rows - columns);
  const square = tf.pad(filter, [
    [0, below],
    [0, beside],
    [0, 0],
    [0, 0],
  ]);
  const padding: ExplicitPadding = [batch, [top, bottom + below], [left, right + beside], channels];
  return tf.depthwiseConv2d(image, square, 1, padding);
}
