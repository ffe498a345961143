import {
  initializers,
  input,
  layers,
  type LayersModel,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";

/** Output channels of the convolutions; each halves the resolution. */
const FILTERS = [32, 64, 128];

/** tfjs-layers' `apply` may return a list; ours have one output. */
function single(output: ReturnType<ReturnType<typeof layers.dense>["apply"]>): SymbolicTensor {
  if (Array.isArray(output) || !("sourceLayer" in output))
    throw new Error("not one symbolic output");
  return output;
}

/**
 * A small convolutional network for small pictures: 3x3 convolutions of stride 2 with batch norm and
 * ReLU, then a linear head over all positions. The head sees where things are, which in pictures
 * that fill their frame tells more than the mean over positions does.
 *
 * @param size width and height of the input in pixels
 * @returns a model from [n, size, size, 3] to [n, dimensions]; not L2-normalised
 */
export function buildSmall(size: number, dimensions: number, seed: number): LayersModel {
  const image = input({ shape: [size, size, 3], name: "image" });
  const convolved = FILTERS.reduce((x, filters, i) => {
    const name = `conv${i + 1}`;
    const kernelInitializer = initializers.heNormal({ seed: seed + i });
    const convolution = layers.conv2d({
      name,
      filters,
      kernelSize: 3,
      strides: 2,
      padding: "same",
      useBias: false,
      kernelInitializer,
    });
    const norm = layers.batchNormalization({ name: `${name}-norm`, momentum: 0.9 });
    const relu = layers.activation({ name: `${name}-relu`, activation: "relu" });
    return single(relu.apply(single(norm.apply(single(convolution.apply(x))))));
  }, image);
  const flat = single(layers.flatten({ name: "flat" }).apply(convolved));
  const kernelInitializer = initializers.glorotNormal({ seed: seed + FILTERS.length });
  const head = layers.dense({ name: "embedding", units: dimensions, kernelInitializer });
  return model({ inputs: image, outputs: single(head.apply(flat)) });
}
