/**
 * DepthwiseConv2dNativeBackpropFilter:
 * dW[i, j, c, k] = sum over n, p, q of x[n, p s + i - pad, q s + j - pad, c] dy[n, p, q, c m + k].
 *
 * tfjs lacks this kernel. It takes one product and one sum per position of the filter.
 */
import { DepthwiseConv2dNativeBackpropFilter } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type ConvAttributes, convInfo } from "./geometry.ts";
import { replaceKernel } from "./kernel.ts";
import { seenFrom } from "./window.ts";

export function registerDepthwiseFilterGradient(): void {
  replaceKernel(
    DepthwiseConv2dNativeBackpropFilter,
    ["x", "dy"],
    ({ x, dy }, attributes: ConvAttributes & { filterShape: number[] }) => {
      const kernel = DepthwiseConv2dNativeBackpropFilter;
      const { filterShape } = attributes;
      const info = convInfo(kernel, x.shape, filterShape, attributes, true);
      const { batchSize, outHeight, outWidth, inChannels, outChannels } = info;
      const multiplier = outChannels / inChannels;
      const pixels = batchSize * outHeight;
      const error = tf.reshape(dy, [pixels, outWidth, inChannels, multiplier]);
      const sums: tf.Tensor[] = [];
      for (let i = 0; i < info.filterHeight; i++) {
        for (let j = 0; j < info.filterWidth; j++) {
          const sum = tf.tidy(() => {
            const seen = seenFrom(i, j, x, info);
            const products = tf.mul(tf.reshape(seen, [pixels, outWidth, inChannels, 1]), error);
            return tf.sum(products, [0, 1]);
          });
          sums.push(sum);
        }
      }
      return tf.reshape(tf.stack(sums), filterShape);
    },
  );
}
