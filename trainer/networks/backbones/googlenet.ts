import {
  initializers,
  input,
  layers,
  type LayersModel,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { UserError } from "../../error.ts";
import { BatchNormalization } from "../layers/batchNormalization.ts";
import { chain } from "../layers/chain.ts";
import type { Backbone } from "./backbone.ts";

/** Channels of the branches of a module: 1x1, reduction and 3x3, reduction and 5x5, projection of the pool. */
type Module = [
  one: number,
  reduce3: number,
  three: number,
  reduce5: number,
  five: number,
  pool: number,
];

/** The modules between two max pools, by name (Szegedy et al. 2015, table 1). */
const STAGES: Record<string, Module>[] = [
  { "3a": [64, 96, 128, 16, 32, 32], "3b": [128, 128, 192, 32, 96, 64] },
  {
    "4a": [192, 96, 208, 16, 48, 64],
    "4b": [160, 112, 224, 24, 64, 64],
    "4c": [128, 128, 256, 24, 64, 64],
    "4d": [112, 144, 288, 32, 64, 64],
    "4e": [256, 160, 320, 32, 128, 128],
  },
  { "5a": [256, 160, 320, 32, 128, 128], "5b": [384, 192, 384, 48, 128, 128] },
];

const SMALLEST = 64;

/**
 * GoogLeNet (Szegedy et al. 2015, "Going Deeper with Convolutions"), the network of the PDDM paper. It has
 * batch norm in place of local response normalization, and neither classifier nor auxiliary heads.
 * Layers are named `conv1`, `conv2-reduce`, `conv2`, `inception3a-1x1`, `inception3a-3x3-reduce`, ...; the
 * output of a module is `inception3a`.
 *
 * @param size width and height of the input in pixels
 * @returns a model from [n, size, size, 3] to pooled features [n, 1024]
 * @throws UserError if the input is smaller than 64 pixels
 */
export function buildGoogLeNet(size: number, seed: number): LayersModel {
  if (size < SMALLEST) {
    throw new UserError(
      `googlenet needs images of ${SMALLEST} pixels or more (--size), not ${size}`,
    );
  }
  let drawn = 0;
  const convolve = (x: SymbolicTensor, name: string, filters: number, kernel = 1, strides = 1) =>
    chain(
      x,
      layers.conv2d({
        name,
        filters,
        kernelSize: kernel,
        strides,
        padding: "same",
        useBias: false,
        kernelInitializer: initializers.heNormal({ seed: seed + drawn++ }),
      }),
      new BatchNormalization({ name: `${name}-norm`, momentum: 0.9 }),
      layers.activation({ name: `${name}-relu`, activation: "relu" }),
    );
  const maxPool = (x: SymbolicTensor, name: string, strides: number) =>
    chain(x, layers.maxPooling2d({ name, poolSize: 3, strides, padding: "same" }));
  const inception = (
    x: SymbolicTensor,
    name: string,
    [one, reduce3, three, reduce5, five, pool]: Module,
  ) =>
    chain(
      [
        convolve(x, `${name}-1x1`, one),
        convolve(convolve(x, `${name}-3x3-reduce`, reduce3), `${name}-3x3`, three, 3),
        convolve(convolve(x, `${name}-5x5-reduce`, reduce5), `${name}-5x5`, five, 5),
        convolve(maxPool(x, `${name}-pool`, 1), `${name}-pool-project`, pool),
      ],
      layers.concatenate({ name }),
    );

  const image = input({ shape: [size, size, 3], name: "image" });
  const first = maxPool(convolve(image, "conv1", 64, 7, 2), "pool1", 2);
  const second = convolve(convolve(first, "conv2-reduce", 64), "conv2", 192, 3);
  const last = STAGES.reduce(
    (x, modules, stage) =>
      Object.entries(modules).reduce(
        (y, [name, channels]) => inception(y, `inception${name}`, channels),
        maxPool(x, `pool${stage + 2}`, 2),
      ),
    second,
  );
  return model({
    inputs: image,
    outputs: chain(last, layers.globalAveragePooling2d({ name: "pool" })),
  });
}

export const googlenet: Backbone = {
  build: ({ size }, seed) => buildGoogLeNet(size, seed),
  usual: { size: 224, batch: 64 },
  smallest: { size: SMALLEST, batch: 2 },
};
