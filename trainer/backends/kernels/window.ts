/**
 * One position (i, j) of a sliding window, for all output pixels (p, q) at once: it looks at the
 * input pixel (p s + i - pad, q s + j - pad). With these two copies the gradient of a window is a few
 * ops per position, each of them one of XNNPACK's; plain loops over the heap are far slower.
 */
import type * as tf from "@tensorflow/tfjs-core";
import type { Conv2DInfo } from "./geometry.ts";
import { allocate, copier, float32View } from "./heap.ts";

/** The pixels of x under position (i, j), shaped as the output; `outside` where it is padding. */
export function gather(
  x: tf.Tensor,
  info: Conv2DInfo,
  i: number,
  j: number,
  outside: number,
): tf.Tensor {
  const out = allocate([info.batchSize, info.outHeight, info.outWidth, info.inChannels]);
  float32View(out).fill(outside);
  const copy = copier(x, out);
  forRuns(info, i, j, (input, output, length) => {
    copy(input, output, length);
  });
  return out;
}

/** The adjoint of gather: values shaped as the output, put on the pixels of x they belong to. */
export function scatter(values: tf.Tensor, info: Conv2DInfo, i: number, j: number): tf.Tensor {
  const out = allocate(info.inShape);
  float32View(out).fill(0);
  const copy = copier(values, out);
  forRuns(info, i, j, (input, output, length) => {
    copy(output, input, length);
  });
  return out;
}

/** Calls `run` with the offsets and the length of every contiguous run of values inside of x. */
function forRuns(
  info: Conv2DInfo,
  i: number,
  j: number,
  run: (input: number, output: number, length: number) => void,
): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, strideWidth, padInfo } = info;
  const first = Math.max(0, Math.ceil((padInfo.left - j) / strideWidth));
  const last = Math.min(outWidth - 1, Math.floor((inWidth - 1 + padInfo.left - j) / strideWidth));
  // With stride 1 a whole row is one run, else each pixel is.
  const pixels = strideWidth === 1 ? last - first + 1 : 1;
  for (let n = 0; n < info.batchSize; n++) {
    for (let p = 0; p < outHeight; p++) {
      const row = p * info.strideHeight + i - padInfo.top;
      if (row < 0 || row >= inHeight) continue;
      for (let q = first; q <= last; q += pixels) {
        const column = q * strideWidth + j - padInfo.left;
        const input = ((n * inHeight + row) * inWidth + column) * inChannels;
        const output = ((n * outHeight + p) * outWidth + q) * inChannels;
        run(input, output, pixels * inChannels);
      }
    }
  }
}
