/**
 * Conv2DBackpropInput: dx[n, h, w, c] = sum of dy[n, p, q, k] W[i, j, c, k] over all p s + i = h + pad.
 *
 * The stock kernel is a scalar loop. With stride 1 this is a convolution of dy with the filter turned
 * by 180 degrees and its channels exchanged. With a larger stride that convolution would mostly
 * multiply zeros; there it is one matrix product per filter position, added where it belongs.
 */
import { Conv2DBackpropInput } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import {
  type Conv2DInfo,
  type ConvAttributes,
  convInfo,
  type ExplicitPadding,
  fullPadding,
  shape4,
} from "./geometry.ts";
import { replaceKernel } from "./kernel.ts";
import { scatter } from "./window.ts";

export function registerConv2DInputGradient(): void {
  replaceKernel(
    Conv2DBackpropInput,
    ["dy", "filter"],
    ({ dy, filter }, attributes: ConvAttributes & { inputShape: number[] }) => {
      const info = convInfo(Conv2DBackpropInput, attributes.inputShape, filter.shape, attributes);
      const padding = fullPadding(info);
      return padding ? convolution(dy, filter, padding) : products(dy, filter, info);
    },
  );
}

function convolution(dy: tf.Tensor, filter: tf.Tensor, padding: ExplicitPadding): tf.Tensor {
  const [height, width, inChannels, outChannels] = shape4(filter.shape);
  const turned = tf.concat(exchanged(filter).reverse());
  return tf.conv2d(
    dy as tf.Tensor4D,
    tf.reshape(turned, [height, width, outChannels, inChannels]),
    1,
    padding,
  );
}

function products(dy: tf.Tensor, filter: tf.Tensor, info: Conv2DInfo): tf.Tensor {
  const pixels = tf.reshape<tf.Rank.R2>(dy, [-1, info.outChannels]);
  return exchanged(filter).reduce<tf.Tensor>(
    (dx, matrix, position) =>
      tf.tidy(() => {
        const i = Math.floor(position / info.filterWidth);
        const j = position % info.filterWidth;
        return tf.add(dx, scatter(tf.matMul(pixels, matrix), info, i, j));
      }),
    tf.zeros(info.inShape),
  );
}

/** One matrix W[i, j]^T per position of the filter, in row-major order. */
function exchanged(filter: tf.Tensor): tf.Tensor2D[] {
  const [height, width, inChannels, outChannels] = shape4(filter.shape);
  const matrices = tf.reshape<tf.Rank.R2>(tf.transpose(filter, [0, 1, 3, 2]), [-1, inChannels]);
  return Array.from({ length: height * width }, (_, position) =>
    tf.slice(matrices, [position * outChannels, 0], [outChannels, inChannels]),
  );
}
