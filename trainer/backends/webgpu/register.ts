/** Registers kernels that the stock package lacks or computes wrongly. */
import { registerAveragePoolGradient } from "./average-pool.ts";
import { registerMatMul } from "./matmul.ts";
import { registerMaxPoolGradient } from "./max-pool.ts";
import { registerRelu6Kernel } from "./relu6-gradient.ts";

export function registerKernels(): void {
  registerAveragePoolGradient();
  registerMatMul();
  registerMaxPoolGradient();
  registerRelu6Kernel();
}
