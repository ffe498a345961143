/**
 * AvgPoolGrad: each dy[n, p, q, c] in equal parts to the positions of its window, padding left out.
 *
 * The stock kernel parts it by the size of the whole window, while the pool itself divides by what of
 * the window lies within the image.
 */
import { AvgPoolGrad } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type PoolAttributes, shape4 } from "./geometry.ts";
import { replaceKernel, stockKernel } from "./kernel.ts";

export function registerAveragePoolGradient(): void {
  const stock = stockKernel(AvgPoolGrad);
  replaceKernel(AvgPoolGrad, ["dy", "input"], ({ dy, input }, attributes: PoolAttributes) => {
    const { filterSize, strides, pad, dimRoundingMode } = attributes;
    const shape = shape4(input.shape);
    const info = tf.backend_util.computePool2DInfo(
      shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const { inHeight, outHeight, strideHeight, filterHeight, padInfo } = info;
    const { inWidth, outWidth, strideWidth, filterWidth } = info;
    const rows = sharesWithin(inHeight, outHeight, strideHeight, filterHeight, padInfo.top);
    const columns = sharesWithin(inWidth, outWidth, strideWidth, filterWidth, padInfo.left);
    const within = tf.mul(tf.reshape(rows, [-1, 1, 1]), tf.reshape(columns, [-1, 1]));
    return stock({ dy: tf.div(dy, within), input }, { ...attributes });
  });
}

/** Of the window at each of `count` positions along one side: how much of it lies in 0 to `size`. */
function sharesWithin(
  size: number,
  count: number,
  stride: number,
  window: number,
  before: number,
): number[] {
  return Array.from({ length: count }, (_, position) => {
    const start = position * stride - before;
    return (Math.min(size, start + window) - Math.max(0, start)) / window;
  });
}
