/**
 * AvgPoolGrad: distributes each dy[n, p, q, c] equally over the positions of its window, without padding.
 *
 * The stock kernel divides by the size of the whole window, although the pool divides by the size of the part
 * inside the image.
 */
import { AvgPoolGrad } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { PoolAttributes } from "./geometry.ts";
import { replaceKernel, stockKernel } from "./kernel.ts";
import { windowShares } from "./pool-shares.ts";

export function registerAveragePoolGradient(): void {
  const stock = stockKernel(AvgPoolGrad);
  replaceKernel(AvgPoolGrad, ["dy", "input"], ({ dy, input }, attributes: PoolAttributes) => {
    const within = windowShares(input.shape, attributes);
    return stock({ dy: tf.div(dy, within), input }, { ...attributes });
  });
}
