import {
  initializers,
  input,
  layers,
  type LayersModel,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { chain } from "../../layers/chain.ts";
import { poolAll } from "../../layers/poolAll.ts";
import { sizeAt } from "../../sizeAt.ts";

/** Number of blocks of each stage. The first of each has stride 2. */
export const STAGES = [2, 4, 14, 1];
/** Channels of the stages of A0 (Ding et al. 2021, table 2). */
const CHANNELS = [48, 96, 192, 1280];

/**
 * RepVGG-A0 (Ding et al. 2021, "RepVGG: Making VGG-style ConvNets Great Again") in the form of inference: 3 x 3
 * convolutions with bias and ReLU, and nothing else. The form of training, with three branches, is in branches.ts.
 * Without classifier, pooled by poolAll.ts. Layers are named `conv0`, `block0-conv`, `block0-conv-relu`.
 *
 * @returns a model from [n, size, size, 3] to pooled features [n, 1280]
 */
export function buildRepVgg(size: number, seed: number): LayersModel {
  let drawn = 0;
  const convolve = (x: SymbolicTensor, name: string, filters: number, stride: number) => {
    const stddev = Math.sqrt(2 / (9 * sizeAt(x, 3)));
    const kernelInitializer = initializers.randomNormal({ stddev, seed: seed + drawn++ });
    const config = { name, filters, kernelSize: 3, strides: stride, kernelInitializer };
    const relu = layers.activation({ name: `${name}-relu`, activation: "relu" });
    if (stride === 1) return chain(x, layers.conv2d({ ...config, padding: "same" }), relu);
    const zeros = layers.zeroPadding2d({ name: `${name}-pad`, padding: 1 });
    return chain(x, zeros, layers.conv2d(config), relu);
  };

  const image = input({ shape: [size, size, 3], name: "image" });
  const blocks = STAGES.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => ({
      filters: CHANNELS[stage]!,
      stride: i === 0 ? 2 : 1,
    })),
  );
  const map = blocks.reduce(
    (x, { filters, stride }, i) => convolve(x, `block${i}-conv`, filters, stride),
    convolve(image, "conv0", CHANNELS[0]!, 2),
  );
  return model({ inputs: image, outputs: poolAll(map, "pool") });
}
