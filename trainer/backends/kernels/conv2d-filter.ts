/**
 * Conv2DBackpropFilter: dW[i, j, c, k] = sum over n, p, q of x[n, p s + i, q s + j, c] dy[n, p, q, k].
 *
 * tfjs lacks this kernel. It is a convolution itself, with batch and channels of x exchanged, dy as the filter and
 * the strides as dilations. For a 1x1 filter it is one matrix product.
 */
import { Conv2DBackpropFilter } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Conv2DInfo, type ConvAttributes, convInfo } from "./geometry.ts";
import { replaceKernel } from "./kernel.ts";
import { seenFrom } from "./window.ts";

export function registerConv2DFilterGradient(): void {
  replaceKernel(
    Conv2DBackpropFilter,
    ["x", "dy"],
    ({ x, dy }, attributes: ConvAttributes & { filterShape: number[] }) => {
      const info = convInfo(Conv2DBackpropFilter, x.shape, attributes.filterShape, attributes);
      return info.filterHeight === 1 && info.filterWidth === 1 && unpadded(info)
        ? pointwise(x, dy, info)
        : spatial(x, dy, info);
    },
  );
}

function pointwise(x: tf.Tensor, dy: tf.Tensor, info: Conv2DInfo): tf.Tensor {
  const { strideHeight, strideWidth, inChannels, outChannels } = info;
  const seen = strideHeight * strideWidth === 1 ? x : seenFrom(0, 0, x, info);
  const pixels = tf.reshape(seen, [-1, inChannels]);
  const gradient = tf.matMul(pixels, tf.reshape(dy, [-1, outChannels]), true);
  return tf.reshape(gradient, [1, 1, inChannels, outChannels]);
}

function spatial(x: tf.Tensor, dy: tf.Tensor, info: Conv2DInfo): tf.Tensor {
  const { filterHeight, filterWidth, inChannels, outChannels, padInfo } = info;
  const { top, bottom, left, right } = padInfo;
  const image = tf.transpose<tf.Tensor4D>(x as tf.Tensor4D, [3, 1, 2, 0]);
  const filter = tf.transpose<tf.Tensor4D>(dy as tf.Tensor4D, [1, 2, 0, 3]);
  const gradient = tf.conv2d(
    image,
    filter,
    1,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    "NHWC",
    [info.strideHeight, info.strideWidth],
  );
  // If the strides do not cover the end of x, the convolution gives a few rows too many.
  const size = [inChannels, filterHeight, filterWidth, outChannels];
  return tf.transpose(tf.slice(gradient, [0, 0, 0, 0], size), [1, 2, 0, 3]);
}

function unpadded({ padInfo }: Conv2DInfo): boolean {
  return padInfo.top + padInfo.bottom + padInfo.left + padInfo.right === 0;
}
