import { input, type LayersModel, model } from "@tensorflow/tfjs-layers";
import { poolAll } from "../layers/poolAll.ts";
import { sizeAt } from "../sizeAt.ts";
import type { Backbone } from "./backbone.ts";
import { bottleneck } from "./parts/bottleneck.ts";
import { type Common, Convolutions, PYTORCH_COMMON } from "./parts/convolutions.ts";
import { TIMM_BOTTLENECK, TIMM_SEPARABLE, timmScheme } from "./parts/timm.ts";

interface Group {
  expansion: number;
  channels: number;
  /** Number of bottlenecks. The first has the stride, the others have stride 1. */
  count: number;
  stride: number;
  kernel: number;
}

/** Groups of bottlenecks (Tan and Le 2019, table 1). */
const GROUPS: Group[] = [
  { expansion: 1, channels: 16, count: 1, stride: 1, kernel: 3 },
  { expansion: 6, channels: 24, count: 2, stride: 2, kernel: 3 },
  { expansion: 6, channels: 40, count: 2, stride: 2, kernel: 5 },
  { expansion: 6, channels: 80, count: 3, stride: 2, kernel: 3 },
  { expansion: 6, channels: 112, count: 3, stride: 1, kernel: 5 },
  { expansion: 6, channels: 192, count: 4, stride: 2, kernel: 5 },
  { expansion: 6, channels: 320, count: 1, stride: 1, kernel: 3 },
];

const activation = "relu6";

/**
 * EfficientNet-Lite0: EfficientNet-B0 (Tan and Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional
 * Neural Networks") with ReLU6 in place of SiLU and without squeeze-excitation, without classifier, pooled by
 * poolAll.ts. Layers are named as in MobileNetV2.
 *
 * @returns a model from [n, size, size, 3] to pooled features [n, 1280]
 */
export function buildEfficientNetLite0(common: Common, size: number, seed: number): LayersModel {
  const convolutions = new Convolutions(common, seed);
  const image = input({ shape: [size, size, 3], name: "image" });
  const stem = convolutions.full(image, "conv0", 32, { kernel: 3, stride: 2, activation });
  const blocks = GROUPS.flatMap(({ count, stride, ...group }) =>
    Array.from({ length: count }, (_, i) => ({ ...group, stride: i === 0 ? stride : 1 })),
  );
  const convolved = blocks.reduce((x, { expansion, ...block }, i) => {
    const expanded = expansion > 1 ? expansion * sizeAt(x, 3) : undefined;
    return bottleneck(convolutions, x, `block${i}`, { ...block, expanded, activation });
  }, stem);
  const map = convolutions.full(convolved, "conv-last", 1280, { activation });
  return model({ inputs: image, outputs: poolAll(map, "pool") });
}

export const efficientnetLite0: Backbone = {
  build: ({ size }, seed) => buildEfficientNetLite0(PYTORCH_COMMON, size, seed),
  schemes: [
    timmScheme({
      sign: { "blocks.5.3.conv_dw.weight": [1152, 1, 5, 5] },
      classifier: /^classifier\./,
      build: ({ size }, seed, common) => buildEfficientNetLite0(common, size, seed),
      stages: GROUPS.map(({ count }) => count),
      modules: TIMM_BOTTLENECK,
      first: TIMM_SEPARABLE,
    }),
  ],
  usual: { size: 224, batch: 64 },
  smallest: { size: 32, batch: 8 },
};
