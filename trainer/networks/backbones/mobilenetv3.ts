import { input, type LayersModel, model } from "@tensorflow/tfjs-layers";
import { poolAll } from "../layers/poolAll.ts";
import { sizeAt } from "../sizeAt.ts";
import type { Backbone } from "./backbone.ts";
import { bottleneck } from "./parts/bottleneck.ts";
import { type Common, Convolutions, PYTORCH_COMMON, roundChannels } from "./parts/convolutions.ts";
import { TIMM_BOTTLENECK, TIMM_SEPARABLE, timmScheme } from "./parts/timm.ts";

interface Block {
  kernel: number;
  stride: number;
  /** Of the channels of the input, before rounding to a multiple of 8; 1: no expansion. */
  expansion: number;
  channels: number;
  gated: boolean;
  activation: "relu" | "hard_swish";
}

const block = (
  kernel: number,
  stride: number,
  expansion: number,
  channels: number,
  gated: boolean,
  activation: Block["activation"],
): Block => ({ kernel, stride, expansion, channels, gated, activation });

interface MobileNetV3 {
  /** By stage. */
  blocks: Block[][];
  /** Channels of the last convolution, which are the features. */
  features: number;
}

/** Howard et al. 2019, table 2. */
const SMALL: MobileNetV3 = {
  blocks: [
    [block(3, 2, 1, 16, true, "relu")],
    [block(3, 2, 4.5, 24, false, "relu"), block(3, 1, 3.67, 24, false, "relu")],
    [
      block(5, 2, 4, 40, true, "hard_swish"),
      block(5, 1, 6, 40, true, "hard_swish"),
      block(5, 1, 6, 40, true, "hard_swish"),
    ],
    [block(5, 1, 3, 48, true, "hard_swish"), block(5, 1, 3, 48, true, "hard_swish")],
    [
      block(5, 2, 6, 96, true, "hard_swish"),
      block(5, 1, 6, 96, true, "hard_swish"),
      block(5, 1, 6, 96, true, "hard_swish"),
    ],
  ],
  features: 576,
};

/** Howard et al. 2019, table 1. */
const LARGE: MobileNetV3 = {
  blocks: [
    [block(3, 1, 1, 16, false, "relu")],
    [block(3, 2, 4, 24, false, "relu"), block(3, 1, 3, 24, false, "relu")],
    [
      block(5, 2, 3, 40, true, "relu"),
      block(5, 1, 3, 40, true, "relu"),
      block(5, 1, 3, 40, true, "relu"),
    ],
    [
      block(3, 2, 6, 80, false, "hard_swish"),
      block(3, 1, 2.5, 80, false, "hard_swish"),
      block(3, 1, 2.3, 80, false, "hard_swish"),
      block(3, 1, 2.3, 80, false, "hard_swish"),
    ],
    [block(3, 1, 6, 112, true, "hard_swish"), block(3, 1, 6, 112, true, "hard_swish")],
    [
      block(5, 2, 6, 160, true, "hard_swish"),
      block(5, 1, 6, 160, true, "hard_swish"),
      block(5, 1, 6, 160, true, "hard_swish"),
    ],
  ],
  features: 960,
};

/**
 * MobileNetV3 (Howard et al. 2019, "Searching for MobileNetV3") without classifier and the layer before it, pooled
 * by poolAll.ts. Layers are named as in MobileNetV2; those of a gate are `block0-mean`, `block0-pixel`,
 * `block0-squeeze`, `block0-excite`, `block0-gate` and `block0-gated`.
 *
 * @returns a model from [n, size, size, 3] to pooled features [n, 576], or [n, 960] of Large
 */
export function buildMobileNetV3(
  { blocks, features }: MobileNetV3,
  common: Common,
  size: number,
  seed: number,
): LayersModel {
  const convolutions = new Convolutions(common, seed);
  const activation = "hard_swish";
  const image = input({ shape: [size, size, 3], name: "image" });
  const stem = convolutions.full(image, "conv0", 16, { kernel: 3, stride: 2, activation });
  const convolved = blocks.flat().reduce((x, { expansion, ...rest }, i) => {
    const expanded = expansion > 1 ? roundChannels(expansion * sizeAt(x, 3)) : undefined;
    return bottleneck(convolutions, x, `block${i}`, { ...rest, expanded });
  }, stem);
  const map = convolutions.full(convolved, "conv-last", features, { activation });
  return model({ inputs: image, outputs: poolAll(map, "pool") });
}

function backbone(network: MobileNetV3): Backbone {
  const { blocks, features } = network;
  const last = `blocks.${blocks.length}.0`;
  const channels = blocks.at(-1)?.at(-1)?.channels ?? 0;
  return {
    build: ({ size }, seed) => buildMobileNetV3(network, PYTORCH_COMMON, size, seed),
    schemes: [
      timmScheme({
        sign: { [`${last}.conv.weight`]: [features, channels, 1, 1] },
        classifier: /^(conv_head|classifier)\./,
        build: ({ size }, seed, common) => buildMobileNetV3(network, common, size, seed),
        stages: blocks.map(({ length }) => length),
        modules: { ...TIMM_BOTTLENECK, "conv-last": [`${last}.conv`, `${last}.bn1`] },
        first: TIMM_SEPARABLE,
      }),
    ],
    usual: { size: 224, batch: 64 },
    smallest: { size: 32, batch: 8 },
  };
}

export const mobilenetv3Small = backbone(SMALL);
export const mobilenetv3Large = backbone(LARGE);
