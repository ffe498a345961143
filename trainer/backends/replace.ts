import * as tf from "@tensorflow/tfjs-core";

/**
 * Registers a kernel of a backend. It replaces the stock kernel if there is one.
 *
 * @param inputs names of the inputs, in the order of the parameters of `run`
 * @param run computes the outputs; it is called in a tidy
 */
export function replaceKernel<const Inputs extends readonly string[]>(
  backend: string,
  name: string,
  inputs: Inputs,
  run: (
    tensors: { -readonly [At in keyof Inputs]: tf.Tensor },
    attributes: tf.NamedAttrMap,
  ) => tf.Tensor | tf.Tensor[],
): void {
  if (tf.getKernel(name, backend)) tf.unregisterKernel(name, backend);
  tf.registerKernel({
    kernelName: name,
    backendName: backend,
    kernelFunc: ({ inputs: given, attrs = {} }) =>
      tf.tidy(() =>
        run(
          inputs.map((input) => {
            const tensor = given[input] as tf.Tensor | undefined;
            if (!tensor) throw new Error(`${name} got no input "${input}"`);
            return tensor;
          }) as { -readonly [At in keyof Inputs]: tf.Tensor },
          attrs,
        ),
      ),
  });
}
