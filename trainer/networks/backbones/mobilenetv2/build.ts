import {
  initializers,
  input,
  layers,
  type LayersModel,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { Relu6 } from "../../layers/relu6.ts";
import { BatchNormalization } from "../../layers/batchNormalization.ts";
import { chain } from "../../layers/chain.ts";
import { poolAll } from "../../layers/poolAll.ts";
import { sizeAt } from "../../sizeAt.ts";

/** Groups of bottlenecks: expansion, output channels, count (Sandler et al. 2018, table 2). */
const GROUPS: [expansion: number, channels: number, count: number][] = [
  [1, 16, 1],
  [6, 24, 2],
  [6, 32, 3],
  [6, 64, 4],
  [6, 96, 3],
  [6, 160, 3],
  [6, 320, 1],
];

/** A variant of MobileNetV2. Options other than size and width make it fit the weights of a library. */
export interface MobileNetV2 {
  /** Width and height of the input in pixels. */
  size: number;
  /** Multiplier of the channels. */
  width: number;
  /** Bottlenecks, counted from 0, whose depthwise convolution has stride 2. The default is that of the paper. */
  strided?: readonly number[];
  /** Padding of 3x3 convolutions of stride 2: that of TensorFlow, or 1 on every side (PyTorch, MXNet). */
  padding?: "same" | "symmetric";
  /** Whether bottleneck 0 has a 1x1 expansion although its expansion is 1 (MXNet). */
  firstExpansion?: boolean;
  /** Epsilon of the batch norms: 1e-3 in TensorFlow, 1e-5 in PyTorch and MXNet. */
  epsilon?: number;
}

/** Rounds to a multiple of 8, which is at least 0.9 times `channels`. */
function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

/**
 * MobileNetV2 (Sandler et al. 2018, "Inverted Residuals and Linear Bottlenecks") without classifier, pooled by
 * poolAll.ts.
 * Layers are named `conv0`, `block0-expand`, `block0-depthwise`, `block0-project`, ..., `conv-last`. Suffixes
 * `-pad`, `-norm` and `-relu` name the layers around them. A bottleneck with a residual ends in `block2-add`.
 *
 * @returns a model from [n, size, size, 3] to pooled features [n, max(1280, 1280 * width)]
 */
export function buildMobileNetV2(
  {
    size,
    width,
    strided = [1, 3, 6, 13],
    padding = "same",
    firstExpansion = false,
    epsilon = 1e-3,
  }: MobileNetV2,
  seed: number,
): LayersModel {
  let drawn = 0;
  const heNormal = (fanIn: number) =>
    initializers.randomNormal({ stddev: Math.sqrt(2 / fanIn), seed: seed + drawn++ });
  const norm = (name: string) =>
    new BatchNormalization({ name: `${name}-norm`, epsilon, momentum: 0.9 });
  const relu6 = (name: string) => new Relu6({ name: `${name}-relu` });
  const channelsOf = (x: SymbolicTensor) => sizeAt(x, 3);
  /** A 3x3 window. With stride 2, symmetric padding needs a layer of explicit zeros. */
  const window = (name: string, stride: number) => {
    const explicit = stride === 2 && padding === "symmetric";
    const zeros = explicit ? [layers.zeroPadding2d({ name: `${name}-pad`, padding: 1 })] : [];
    const config = { name, kernelSize: 3, strides: stride, useBias: false };
    return { zeros, config: { ...config, padding: explicit ? "valid" : "same" } as const };
  };

  const pointwise = (x: SymbolicTensor, name: string, filters: number) => {
    const kernelInitializer = heNormal(channelsOf(x));
    const config = { name, filters, kernelSize: 1, useBias: false, kernelInitializer };
    return chain(x, layers.conv2d(config), norm(name));
  };
  const depthwise = (x: SymbolicTensor, name: string, stride: number) => {
    const { zeros, config } = window(name, stride);
    const convolution = layers.depthwiseConv2d({ ...config, depthwiseInitializer: heNormal(9) });
    return chain(x, ...zeros, convolution, norm(name), relu6(name));
  };
  const bottleneck = (x: SymbolicTensor, block: number, expansion: number, channels: number) => {
    const name = `block${block}`;
    const stride = strided.includes(block) ? 2 : 1;
    const expand = `${name}-expand`;
    const expanded =
      expansion > 1 || firstExpansion
        ? chain(pointwise(x, expand, expansion * channelsOf(x)), relu6(expand))
        : x;
    const filtered = depthwise(expanded, `${name}-depthwise`, stride);
    const projected = pointwise(filtered, `${name}-project`, channels);
    const residual = stride === 1 && channelsOf(x) === channels;
    return residual ? chain([x, projected], layers.add({ name: `${name}-add` })) : projected;
  };

  const image = input({ shape: [size, size, 3], name: "image" });
  const { zeros, config } = window("conv0", 2);
  const filters = roundChannels(32 * width);
  const stem = layers.conv2d({ ...config, filters, kernelInitializer: heNormal(27) });
  const blocks = GROUPS.flatMap(([expansion, channels, count]) =>
    Array.from({ length: count }, () => ({ expansion, channels: roundChannels(channels * width) })),
  );
  const convolved = blocks.reduce(
    (x, { expansion, channels }, block) => bottleneck(x, block, expansion, channels),
    chain(image, ...zeros, stem, norm("conv0"), relu6("conv0")),
  );
  const last = pointwise(convolved, "conv-last", roundChannels(1280 * Math.max(1, width)));
  return model({ inputs: image, outputs: poolAll(chain(last, relu6("conv-last")), "pool") });
}
