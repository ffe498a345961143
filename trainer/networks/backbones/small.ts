import { initializers, input, layers, type LayersModel, model } from "@tensorflow/tfjs-layers";
import { BatchNormalization } from "../layers/batchNormalization.ts";
import { chain } from "../layers/chain.ts";
import type { Backbone } from "./backbone.ts";

/** Output channels of the convolutions; each halves the resolution. */
const FILTERS = [32, 64, 128];

/**
 * A small convolutional network for small pictures: 3x3 convolutions of stride 2 with batch norm and ReLU,
 * then a linear head over all positions. The head keeps positions, which helps if objects fill the frame.
 *
 * @param size width and height of the input in pixels
 * @returns a model from [n, size, size, 3] to [n, dimensions], before L2 normalization
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
    const norm = new BatchNormalization({ name: `${name}-norm`, momentum: 0.9 });
    const relu = layers.activation({ name: `${name}-relu`, activation: "relu" });
    return chain(x, convolution, norm, relu);
  }, image);
  const flat = layers.flatten({ name: "flat" });
  const kernelInitializer = initializers.glorotNormal({ seed: seed + FILTERS.length });
  const head = layers.dense({ name: "embedding", units: dimensions, kernelInitializer });
  return model({ inputs: image, outputs: chain(convolved, flat, head) });
}

export const small: Backbone = {
  build: ({ size, dimensions }, seed) => buildSmall(size, dimensions, seed),
  hasHead: true,
  usual: { size: 64, batch: 128 },
  smallest: { size: 16, batch: 8 },
};
