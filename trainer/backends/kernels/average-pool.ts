/**
 * AvgPoolGrad: each dy[n, p, q, c] in equal parts to the positions of its window, padding left out.
 *
 * The stock kernel parts it by the size of the whole window, while the pool itself divides by what of
 * the window lies within the image.
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
