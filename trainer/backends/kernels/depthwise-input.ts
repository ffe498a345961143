/**
 * DepthwiseConv2dNativeBackpropInput:
 * dx[n, h, w, c] = sum of dy[n, p, q, c m + k] W[i, j, c, k] over all k and all p s + i = h + pad.
 *
 * Missing upstream. With stride 1 it is a depthwise convolution of dy with the filter turned by 180
 * degrees; with a larger stride one product per filter position, added where it belongs.
 */
import { DepthwiseConv2dNativeBackpropInput } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import {
  type Conv2DInfo,
  type ConvAttributes,
  convInfo,
  type ExplicitPadding,
  fullPadding,
} from "./geometry.ts";
import { replaceKernel } from "./kernel.ts";
import { scatter } from "./window.ts";

export function registerDepthwiseInputGradient(): void {
  replaceKernel(
    DepthwiseConv2dNativeBackpropInput,
    ["dy", "filter"],
    ({ dy, filter }, attributes: ConvAttributes & { inputShape: number[] }) => {
      const kernel = DepthwiseConv2dNativeBackpropInput;
      const info = convInfo(kernel, attributes.inputShape, filter.shape, attributes, true);
      const padding = fullPadding(info);
      return padding ? convolution(dy, filter, padding, info) : products(dy, filter, info);
    },
  );
}

function convolution(
  dy: tf.Tensor,
  filter: tf.Tensor,
  padding: ExplicitPadding,
  info: Conv2DInfo,
): tf.Tensor {
  const { filterHeight, filterWidth, outChannels, inShape } = info;
  const turned = tf.reshape<tf.Rank.R4>(tf.reverse(filter, [0, 1]), [
    filterHeight,
    filterWidth,
    outChannels,
    1,
  ]);
  const gradient = tf.depthwiseConv2d(dy as tf.Tensor4D, turned, 1, padding);
  return overMultiplier(tf.reshape(gradient, [...inShape.slice(0, 3), outChannels]), info);
}

function products(dy: tf.Tensor, filter: tf.Tensor, info: Conv2DInfo): tf.Tensor {
  const weights = tf.reshape(filter, [-1, info.outChannels]);
  let dx: tf.Tensor = tf.zeros(info.inShape);
  for (let i = 0; i < info.filterHeight; i++) {
    for (let j = 0; j < info.filterWidth; j++) {
      const sum = dx;
      dx = tf.tidy(() => {
        const weight = tf.slice(weights, [i * info.filterWidth + j, 0], [1, info.outChannels]);
        return tf.add(sum, scatter(overMultiplier(tf.mul(dy, weight), info), info, i, j));
      });
      sum.dispose();
    }
  }
  return dx;
}

/** The sum of the outChannels / inChannels values that belong to one input channel. */
function overMultiplier(gradient: tf.Tensor, { inChannels, outChannels }: Conv2DInfo): tf.Tensor {
  if (inChannels === outChannels) return gradient;
  const shape = gradient.shape.slice(0, -1);
  const grouped = tf.reshape(gradient, [...shape, inChannels, outChannels / inChannels]);
  return tf.sum(grouped, grouped.rank - 1);
}
