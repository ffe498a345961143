/**
 * The gradient of relu6, dx = dy where 0 < x < 6, else 0: the backend's own kernel where it has one
 * (tensorflow/register.ts, webgpu/relu6-gradient.ts), else from ops. x (6 - x) is positive just where
 * the gradient passes.
 */
import { Relu6 } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients of all ops, which tfjs-core alone does not.
import "@tensorflow/tfjs-layers";

export const RELU6_GRADIENT = "Relu6Grad";

export function registerRelu6Gradient(): void {
  tf.registerGradient({
    kernelName: Relu6,
    inputsToSave: ["x"],
    gradFunc: (given, [x]) => {
      const dy = given as tf.Tensor;
      const native = tf.getKernel(RELU6_GRADIENT, tf.getBackend());
      return {
        x: () =>
          native
            ? tf.engine().runKernel<tf.Tensor>(RELU6_GRADIENT, { dy, x })
            : tf.mul(dy, tf.step(tf.mul(x, tf.sub(6, x)))),
      };
    },
  });
}
