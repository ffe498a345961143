/** Puts stride - 1 zeros between the pixels of an NHWC tensor: how a strided gradient is undone. */
import type * as tf from "@tensorflow/tfjs-core";
import { allocate, float32View } from "./heap.ts";
import { shape4 } from "./geometry.ts";

export function spread(tensor: tf.Tensor, strideHeight: number, strideWidth: number): tf.Tensor {
  if (strideHeight === 1 && strideWidth === 1) return tensor;
  const [batch, height, width, channels] = shape4(tensor.shape);
  const outHeight = (height - 1) * strideHeight + 1;
  const outWidth = (width - 1) * strideWidth + 1;
  const out = allocate([batch, outHeight, outWidth, channels]);
  const from = float32View(tensor);
  const to = float32View(out).fill(0);
  for (let n = 0; n < batch; n++) {
    for (let y = 0; y < height; y++) {
      const row = (n * outHeight + y * strideHeight) * outWidth;
      for (let x = 0; x < width; x++) {
        const source = ((n * height + y) * width + x) * channels;
        const target = (row + x * strideWidth) * channels;
        for (let c = 0; c < channels; c++) to[target + c] = from[source + c];
      }
    }
  }
  return out;
}
