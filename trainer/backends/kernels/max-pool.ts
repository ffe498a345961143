/**
 * MaxPoolGrad: adds each dy[n, p, q, c] at the position of the maximum of its window, the first one in row-major
 * order if several are equal.
 *
 * The stock kernel starts each maximum at zero and loses the gradient of windows without a positive value.
 */
import { MaxPoolGrad } from "@tensorflow/tfjs-core";
import { type PoolAttributes, poolInfo } from "./geometry.ts";
import { allocate, float32View } from "./heap.ts";
import { replaceKernel } from "./kernel.ts";

export function registerMaxPoolGradient(): void {
  replaceKernel(
    MaxPoolGrad,
    ["dy", "input", "output"],
    ({ dy, input, output }, attributes: PoolAttributes) => {
      const info = poolInfo(input.shape, attributes);
      const { inHeight, inWidth, inChannels: channels, outHeight, outWidth, padInfo } = info;
      const dx = allocate(info.inShape);
      const x = float32View(input);
      const maxima = float32View(output);
      const error = float32View(dy);
      const gradient = float32View(dx).fill(0);

      /** The first index of the maximum in rows × columns of a channel of an image. */
      const find = (maximum: number, start: number, rows: number, columns: number): number => {
        for (let row = 0; row < rows; row++) {
          const first = start + row * inWidth * channels;
          const end = first + columns * channels;
          for (let i = first; i < end; i += channels) if (x[i] === maximum) return i;
        }
        return -1;
      };

      let at = 0;
      for (let n = 0; n < info.batchSize; n++) {
        for (let p = 0; p < outHeight; p++) {
          const corner = p * info.strideHeight - padInfo.top;
          const top = Math.max(0, corner);
          const rows = Math.min(inHeight, corner + info.filterHeight) - top;
          for (let q = 0; q < outWidth; q++) {
            const edge = q * info.strideWidth - padInfo.left;
            const left = Math.max(0, edge);
            const columns = Math.min(inWidth, edge + info.filterWidth) - left;
            const start = ((n * inHeight + top) * inWidth + left) * channels;
            for (let c = 0; c < channels; c++, at++) {
              const position = find(maxima[at]!, start + c, rows, columns);
              if (position >= 0) gradient[position]! += error[at]!;
            }
          }
        }
      }
      return dx;
    },
  );
}
