/**
 * DepthwiseConv2dNativeBackpropFilter:
 * dW[i, j, c, k] = sum over n, p, q of x[n, p s + i - pad, q s + j - pad, c] dy[n, p, q, c m + k].
 *
 * Missing upstream, and no other kernel computes it: a plain loop.
 */
import { DepthwiseConv2dNativeBackpropFilter } from "@tensorflow/tfjs-core";
import { type ConvAttributes, convInfo } from "./geometry.ts";
import { allocate, float32View } from "./heap.ts";
import { replaceKernel } from "./kernel.ts";

export function registerDepthwiseFilterGradient(): void {
  replaceKernel(
    DepthwiseConv2dNativeBackpropFilter,
    ["x", "dy"],
    ({ x, dy }, attributes: ConvAttributes & { filterShape: number[] }) => {
      const kernel = DepthwiseConv2dNativeBackpropFilter;
      const info = convInfo(kernel, x.shape, attributes.filterShape, attributes, true);
      const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
      const { strideHeight, strideWidth, padInfo } = info;
      const multiplier = outChannels / inChannels;
      const out = allocate([...attributes.filterShape]);
      const image = float32View(x);
      const error = float32View(dy);
      const gradient = float32View(out);
      const sums = new Float64Array(outChannels);

      for (let i = 0; i < info.filterHeight; i++) {
        for (let j = 0; j < info.filterWidth; j++) {
          sums.fill(0);
          for (let n = 0; n < info.batchSize; n++) {
            for (let p = 0; p < outHeight; p++) {
              const row = p * strideHeight + i - padInfo.top;
              if (row < 0 || row >= inHeight) continue;
              for (let q = 0; q < outWidth; q++) {
                const column = q * strideWidth + j - padInfo.left;
                if (column < 0 || column >= inWidth) continue;
                let from = ((n * inHeight + row) * inWidth + column) * inChannels;
                const at = ((n * outHeight + p) * outWidth + q) * outChannels;
                if (multiplier === 1) {
                  for (let c = 0; c < outChannels; c++) {
                    sums[c] = sums[c] + image[from + c] * error[at + c];
                  }
                } else {
                  for (let c = 0; c < outChannels; from++) {
                    for (let k = 0; k < multiplier; k++, c++) {
                      sums[c] = sums[c] + image[from] * error[at + c];
                    }
                  }
                }
              }
            }
          }
          gradient.set(sums, (i * info.filterWidth + j) * outChannels);
        }
      }
      return out;
    },
  );
}
