/** The share of each window of a pool inside the image, over which an average is taken. */
import * as tf from "@tensorflow/tfjs-core";
import { type PoolAttributes, poolInfo } from "./geometry.ts";

/** The share of each window, at most 1. @returns [rows, columns, 1] of the output */
export function windowShares(inputShape: number[], attributes: PoolAttributes): tf.Tensor {
  const info = poolInfo(inputShape, attributes);
  const { inHeight, outHeight, strideHeight, filterHeight, padInfo } = info;
  const { inWidth, outWidth, strideWidth, filterWidth } = info;
  const rows = sharesWithin(inHeight, outHeight, strideHeight, filterHeight, padInfo.top);
  const columns = sharesWithin(inWidth, outWidth, strideWidth, filterWidth, padInfo.left);
  return tf.mul(tf.reshape(rows, [-1, 1, 1]), tf.reshape(columns, [-1, 1]));
}

/** For windows at `count` positions along one axis, the share inside 0 to `size`. */
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
