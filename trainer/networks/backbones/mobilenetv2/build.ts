import { input, type LayersModel, model } from "@tensorflow/tfjs-layers";
import { poolAll } from "../../layers/poolAll.ts";
import { sizeAt } from "../../sizeAt.ts";
import { bottleneck } from "../parts/bottleneck.ts";
import { type Common, Convolutions, roundChannels } from "../parts/convolutions.ts";

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
export interface MobileNetV2 extends Partial<Common> {
  /** Width and height of the input in pixels. */
  size: number;
  /** Multiplier of the channels. */
  width: number;
  /** Bottlenecks, counted from 0, whose depthwise convolution has stride 2. The default is that of the paper. */
  strided?: readonly number[];
  /** Whether bottleneck 0 has a 1x1 expansion although its expansion is 1 (MXNet). */
  firstExpansion?: boolean;
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
  const convolutions = new Convolutions({ padding, epsilon }, seed);
  const activation = "relu6";
  const image = input({ shape: [size, size, 3], name: "image" });
  const stem = { kernel: 3, stride: 2, activation } as const;
  const blocks = GROUPS.flatMap(([expansion, channels, count]) =>
    Array.from({ length: count }, () => ({ expansion, channels: roundChannels(channels * width) })),
  );
  const convolved = blocks.reduce(
    (x, { expansion, channels }, block) =>
      bottleneck(convolutions, x, `block${block}`, {
        expanded: expansion > 1 || firstExpansion ? expansion * sizeAt(x, 3) : undefined,
        channels,
        kernel: 3,
        stride: strided.includes(block) ? 2 : 1,
        activation,
      }),
    convolutions.full(image, "conv0", roundChannels(32 * width), stem),
  );
  const last = roundChannels(1280 * Math.max(1, width));
  const map = convolutions.full(convolved, "conv-last", last, { activation });
  return model({ inputs: image, outputs: poolAll(map, "pool") });
}
