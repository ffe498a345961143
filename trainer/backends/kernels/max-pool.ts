/**
 * MaxPoolGrad: each dy[n, p, q, c] goes to the position of its window's maximum, the first one in
 * row-major order where several are equal.
 *
 * The stock kernel starts each maximum at zero and loses the gradient of windows that hold no
 * positive value.
 */
import { MaxPoolGrad } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type PoolAttributes, shape4 } from "./geometry.ts";
import { replaceKernel } from "./kernel.ts";
import { gather, scatter } from "./window.ts";

export function registerMaxPoolGradient(): void {
  replaceKernel(
    MaxPoolGrad,
    ["dy", "input", "output"],
    ({ dy, input, output }, { filterSize, strides, pad, dimRoundingMode }: PoolAttributes) => {
      const shape = shape4(input.shape);
      const info = tf.backend_util.computePool2DInfo(
        shape,
        filterSize,
        strides,
        1,
        pad,
        dimRoundingMode,
      );
      // What is still to be given away: a window's dy until its maximum has been met, then zero.
      let rest = dy;
      let dx: tf.Tensor = tf.zeros(shape);
      for (let i = 0; i < info.filterHeight; i++) {
        for (let j = 0; j < info.filterWidth; j++) {
          [rest, dx] = tf.tidy(() => {
            const below = tf.step(tf.sub(output, gather(input, info, i, j, -Infinity)));
            const left = tf.mul(rest, below);
            return [left, tf.add(dx, scatter(tf.sub(rest, left), info, i, j))];
          });
        }
      }
      return dx;
    },
  );
}
