/**
 * The frame every kernel in this folder is written in.
 *
 * A kernel gets its inputs as tensors, so that it can be composed from other ops (inside a kernel
 * nothing is recorded for differentiation), and runs in a tidy, so that intermediates are freed.
 */
import * as tf from "@tensorflow/tfjs-core";

export const BACKEND = "wasm";

/** Registers `run` as the wasm kernel `name`, in place of the stock one where there is one. */
export function replaceKernel<Input extends string, Attributes>(
  name: string,
  inputNames: readonly Input[],
  run: (inputs: Record<Input, tf.Tensor>, attributes: Attributes) => tf.Tensor,
): void {
  if (stockKernel(name)) tf.unregisterKernel(name, BACKEND);
  tf.registerKernel({
    kernelName: name,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const tensors = Object.fromEntries(
        inputNames.map((input) => [input, tensor(name, input, inputs[input])]),
      ) as Record<Input, tf.Tensor>;
      // tfjs types attributes as a loose map; each op's own interface says what it passes.
      return tf.tidy(() => run(tensors, attrs as Attributes));
    },
  });
}

export function stockKernel(name: string): tf.KernelConfig | undefined {
  return tf.getKernel(name, BACKEND);
}

function tensor(kernel: string, input: string, info: tf.TensorInfo | undefined): tf.Tensor {
  if (info instanceof tf.Tensor) return info as tf.Tensor;
  throw new Error(`${kernel}: input "${input}" is not a tensor.`);
}
