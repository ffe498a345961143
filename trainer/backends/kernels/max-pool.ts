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
import { allocate, float32View } from "./heap.ts";
import { replaceKernel } from "./kernel.ts";

export function registerMaxPoolGradient(): void {
  replaceKernel(
    MaxPoolGrad,
    ["dy", "input"],
    ({ dy, input }, { filterSize, strides, pad, dimRoundingMode }: PoolAttributes) => {
      const inShape = shape4(input.shape);
      const info = tf.backend_util.computePool2DInfo(
        inShape,
        filterSize,
        strides,
        1,
        pad,
        dimRoundingMode,
      );
      const { inHeight, inWidth, inChannels: channels, outHeight, outWidth, padInfo } = info;
      const out = allocate(inShape);
      const x = float32View(input);
      const error = float32View(dy);
      const gradient = float32View(out).fill(0);

      let at = 0;
      for (let n = 0; n < info.batchSize; n++) {
        for (let p = 0; p < outHeight; p++) {
          const corner = p * info.strideHeight - padInfo.top;
          const top = Math.max(0, corner);
          const bottom = Math.min(inHeight, corner + info.filterHeight);
          for (let q = 0; q < outWidth; q++) {
            const edge = q * info.strideWidth - padInfo.left;
            const left = Math.max(0, edge);
            const right = Math.min(inWidth, edge + info.filterWidth);
            for (let c = 0; c < channels; c++, at++) {
              let maximum = -Infinity;
              let position = -1;
              for (let row = top; row < bottom; row++) {
                const start = ((n * inHeight + row) * inWidth + left) * channels + c;
                const end = start + (right - left) * channels;
                for (let i = start; i < end; i += channels) {
                  const value = x[i];
                  if (value > maximum) {
                    maximum = value;
                    position = i;
                  }
                }
              }
              if (position >= 0) gradient[position] = gradient[position] + error[at];
            }
          }
        }
      }
      return out;
    },
  );
}
