/** Registers kernels that the stock package lacks or composes from slow ones. */
import { Step } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { RELU6_GRADIENT, RELU_GRADIENT } from "../relu-gradients.ts";
import { replaceKernel } from "../replace.ts";
import { registerGather } from "./gather.ts";
import { BACKEND, native } from "./native.ts";
import { registerTrainBatchNorm } from "./train-batch-norm.ts";

let registered = false;

export function registerKernels(): void {
  if (registered) return;
  registered = true;
  registerGather();
  registerTrainBatchNorm();
  replaceKernel(BACKEND, RELU_GRADIENT, ["dy", "x"], (inputs) => native("ReluGrad", inputs));
  replaceKernel(BACKEND, RELU6_GRADIENT, ["dy", "x"], (inputs) => native("Relu6Grad", inputs));
  // The stock kernel of step consists of comparisons and selects.
  replaceKernel(BACKEND, Step, ["x"], ([x], { alpha }) => {
    const positive = native("Relu", [native("Sign", [x])]);
    const below = Number(alpha);
    return below === 0 ? positive : tf.add(tf.mul(positive, 1 - below), below);
  });
}
