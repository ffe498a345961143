import * as tf from "@tensorflow/tfjs-core";

/**
 * Registers a backend's kernel, in place of the stock one where there is one.
 *
 * @param inputs their names, in the order in which `run` gets them
 * @param run in a tidy
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
            if (!tensor) throw new Error(`${name} is given no "${input}"`);
            return tensor;
          }) as { -readonly [At in keyof Inputs]: tf.Tensor },
          attrs,
        ),
      ),
  });
}
