/**
 * The frame of every kernel in this folder.
 *
 * A kernel gets its inputs as tensors, so that it can use other ops; inside a kernel nothing is recorded for
 * differentiation. It runs in a tidy, so that intermediate tensors are freed.
 */
import * as tf from "@tensorflow/tfjs-core";

export const BACKEND = "wasm";

/** The stock kernel, for the cases in which it is good enough. */
export type Stock = (inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap) => tf.Tensor;

/** Registers `run` as the wasm kernel `name`. It replaces the stock kernel if there is one. */
export function replaceKernel<Input extends string, Attributes, Optional extends string = never>(
  name: string,
  required: readonly Input[],
  run: (
    inputs: Record<Input, tf.Tensor> & Partial<Record<Optional, tf.Tensor>>,
    attributes: Attributes,
  ) => tf.Tensor,
  optional: readonly Optional[] = [],
): void {
  if (tf.getKernel(name, BACKEND)) tf.unregisterKernel(name, BACKEND);
  tf.registerKernel({
    kernelName: name,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const given = optional.filter((input) => inputs[input] !== undefined);
      const tensors = Object.fromEntries(
        [...required, ...given].map((input) => [input, tensor(name, input, inputs[input])]),
      ) as Record<Input, tf.Tensor> & Partial<Record<Optional, tf.Tensor>>;
      // tfjs types attributes as a loose map; the interface of each op has their real types.
      return tf.tidy(() => run(tensors, attrs as Attributes));
    },
  });
}

/** The current kernel `name`. Call this before the kernel is replaced. */
export function stockKernel(name: string): Stock {
  const stock = tf.getKernel(name, BACKEND);
  if (!stock) throw new Error(`The ${BACKEND} backend has no kernel ${name} to build on.`);
  return (inputs, attrs) => {
    const out = stock.kernelFunc({ inputs, attrs, backend: tf.backend() });
    if (Array.isArray(out)) throw new Error(`${name} gave several outputs.`);
    return tf.engine().makeTensorFromTensorInfo(out);
  };
}

function tensor(kernel: string, input: string, info: tf.TensorInfo | undefined): tf.Tensor {
  if (info instanceof tf.Tensor) return info as tf.Tensor;
  throw new Error(`${kernel}: input "${input}" is not a tensor.`);
}
