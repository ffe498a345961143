/**
 * The gradients of relu, dx = dy where 0 < x, and of relu6, dx = dy where 0 < x < 6. They use kernels of the
 * backend if it has them (tensorflow/register.ts), else ops. x (6 - x) is positive exactly where the gradient of
 * relu6 passes.
 */
import { Relu, Relu6 } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients of all ops; tfjs-core registers none.
import "@tensorflow/tfjs-layers";

export const RELU_GRADIENT = "ReluGrad";
export const RELU6_GRADIENT = "Relu6Grad";

/** @param passes positive where the gradient passes */
function register(kernelName: string, gradient: string, passes: (x: tf.Tensor) => tf.Tensor): void {
  tf.registerGradient({
    kernelName,
    inputsToSave: ["x"],
    gradFunc: (given, saved) => {
      const dy = given as tf.Tensor;
      const x = saved[0]!;
      return {
        x: () =>
          tf.getKernel(gradient, tf.getBackend())
            ? tf.engine().runKernel<tf.Tensor>(gradient, { dy, x })
            : tf.mul(dy, tf.step(passes(x))),
      };
    },
  });
}

export function registerReluGradients(): void {
  register(Relu, RELU_GRADIENT, (x) => x);
  register(Relu6, RELU6_GRADIENT, (x) => tf.mul(x, tf.sub(6, x)));
}
