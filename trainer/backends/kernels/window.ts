/**
 * The pixels of x under position (i, j) of a sliding window, in the shape of the output:
 *
 *     seen[n, p, q, c] = x[n, p s + i - pad, q s + j - pad, c], zero where that is padding
 */
import type * as tf from "@tensorflow/tfjs-core";
import type { Conv2DInfo } from "./geometry.ts";
import { allocate, copier, float32View } from "./heap.ts";

export function seenFrom(i: number, j: number, x: tf.Tensor, info: Conv2DInfo): tf.Tensor {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, strideWidth, padInfo } = info;
  const out = allocate([info.batchSize, outHeight, outWidth, inChannels]);
  float32View(out).fill(0);
  const copy = copier(x, out);
  const first = Math.max(0, Math.ceil((padInfo.left - j) / strideWidth));
  const last = Math.min(outWidth - 1, Math.floor((inWidth - 1 + padInfo.left - j) / strideWidth));
  // With stride 1 the pixels of a row are one run, otherwise each pixel is a run.
  const pixels = strideWidth === 1 ? last - first + 1 : 1;
  for (let n = 0; n < info.batchSize; n++) {
    for (let p = 0; p < outHeight; p++) {
      const row = p * info.strideHeight + i - padInfo.top;
      if (row < 0 || row >= inHeight) continue;
      for (let q = first; q <= last; q += pixels) {
        const column = q * strideWidth + j - padInfo.left;
        const from = ((n * inHeight + row) * inWidth + column) * inChannels;
        const to = ((n * outHeight + p) * outWidth + q) * inChannels;
        copy(from, to, pixels * inChannels);
      }
    }
  }
  return out;
}
