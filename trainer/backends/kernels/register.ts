/** Registers every kernel of this folder. The wasm backend must be ready. */
import { registerAveragePoolGradient } from "./average-pool.ts";
import { registerBatchNorm } from "./batch-norm.ts";
import { registerConv2DFilterGradient } from "./conv2d-filter.ts";
import { registerConv2DInputGradient } from "./conv2d-input.ts";
import { registerDepthwiseFilterGradient } from "./depthwise-filter.ts";
import { registerDepthwiseInputGradient } from "./depthwise-input.ts";
import { registerMatMul } from "./matmul.ts";
import { registerMaxPoolGradient } from "./max-pool.ts";
import { registerReductions } from "./reduce.ts";
import { registerSegmentSum } from "./segment-sum.ts";
import { registerSlice } from "./slice.ts";

let registered = false;

export function registerKernels(): void {
  if (registered) return;
  registered = true;
  registerMatMul();
  registerSlice();
  registerReductions();
  registerBatchNorm();
  registerConv2DFilterGradient();
  registerConv2DInputGradient();
  registerDepthwiseFilterGradient();
  registerDepthwiseInputGradient();
  registerAveragePoolGradient();
  registerMaxPoolGradient();
  registerSegmentSum();
}
