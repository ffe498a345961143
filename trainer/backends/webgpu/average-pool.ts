/**
 * AvgPoolGrad: distributes each dy[n, p, q, c] equally over the positions of its window, without padding. The
 * stock kernel divides by the size of the whole window.
 */
import { AvgPoolGrad } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { PoolAttributes } from "../kernels/geometry.ts";
import { windowShares } from "../kernels/pool-shares.ts";
import { replaceKernel } from "../replace.ts";
import { BACKEND } from "./program.ts";

export function registerAveragePoolGradient(): void {
  const stock = tf.getKernel(AvgPoolGrad, BACKEND);
  replaceKernel(BACKEND, AvgPoolGrad, ["dy", "input"], ([dy, input], attrs) => {
    // tfjs types attributes as a loose map; the interface of the op has their real types.
    const within = windowShares(input.shape, attrs as unknown as PoolAttributes);
    const inputs = { dy: tf.div(dy, within), input };
    const dx = stock.kernelFunc({ inputs, attrs, backend: tf.backend() }) as tf.TensorInfo;
    return tf.engine().makeTensorFromTensorInfo(dx);
  });
}
