/**
 * Conv2DBackpropInput: dx[n, h, w, c] = sum of dy[n, p, q, k] W[i, j, c, k] over all p s + i = h + pad.
 *
 * The stock kernel is a scalar loop. This kernel lets XNNPACK convolve dy with the filter, rotated by 180 degrees
 * and with its channels exchanged.
 */
import { Conv2DBackpropInput } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type ConvAttributes, convInfo } from "./geometry.ts";
import { replaceKernel } from "./kernel.ts";
import { inputGradient } from "./phases.ts";

export function registerConv2DInputGradient(): void {
  replaceKernel(
    Conv2DBackpropInput,
    ["dy", "filter"],
    ({ dy, filter }, attributes: ConvAttributes & { inputShape: number[] }) => {
      const info = convInfo(Conv2DBackpropInput, attributes.inputShape, filter.shape, attributes);
      const exchanged = tf.transpose(filter, [0, 1, 3, 2]);
      const taps = tf.reshape(exchanged, [-1, info.outChannels, info.inChannels]);
      return inputGradient(dy, taps, info, (image, turned, padding) =>
        tf.conv2d(image, turned, 1, padding),
      );
    },
  );
}
