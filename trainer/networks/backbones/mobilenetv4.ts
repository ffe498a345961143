import { input, type LayersModel, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { poolAll } from "../layers/poolAll.ts";
import { sizeAt } from "../sizeAt.ts";
import type { Backbone } from "./backbone.ts";
import { residual } from "./parts/bottleneck.ts";
import { Convolutions, PYTORCH_COMMON, roundChannels } from "./parts/convolutions.ts";
import type { Modules } from "./parts/names.ts";
import { timmScheme } from "./parts/timm.ts";

interface Sizes {
  stride: number;
  channels: number;
}

type Block = Sizes &
  (
    | { kind: "convolution"; kernel: number }
    /** A bottleneck whose expansion is a full convolution. */
    | { kind: "fused"; kernel: number; expansion: number }
    /** Kernels of the depthwise convolutions before and behind the expansion; 0: there is none. */
    | { kind: "universal"; start: number; middle: number; expansion: number }
  );

const convolution = (kernel: number, stride: number, channels: number): Block => ({
  ...{ kind: "convolution", kernel, stride, channels },
});
const fused = (kernel: number, stride: number, expansion: number, channels: number): Block => ({
  ...{ kind: "fused", kernel, stride, expansion, channels },
});
const universal = (
  [start, middle]: [number, number],
  expansion: number,
  channels: number,
  stride = 1,
): Block => ({ kind: "universal", start, middle, stride, expansion, channels });

/** Blocks by stage (Qin et al. 2024, tables 11 and 12). */
const SMALL: Block[][] = [
  [convolution(3, 2, 32), convolution(1, 1, 32)],
  [convolution(3, 2, 96), convolution(1, 1, 64)],
  [
    universal([5, 5], 3, 96, 2),
    universal([0, 3], 2, 96),
    universal([0, 3], 2, 96),
    universal([0, 3], 2, 96),
    universal([0, 3], 2, 96),
    universal([3, 0], 4, 96),
  ],
  [
    universal([3, 3], 6, 128, 2),
    universal([5, 5], 4, 128),
    universal([0, 5], 4, 128),
    universal([0, 5], 3, 128),
    universal([0, 3], 4, 128),
    universal([0, 3], 4, 128),
  ],
];

const MEDIUM: Block[][] = [
  [fused(3, 2, 4, 48)],
  [universal([3, 5], 4, 80, 2), universal([3, 3], 2, 80)],
  [
    universal([3, 5], 6, 160, 2),
    universal([3, 3], 4, 160),
    universal([3, 3], 4, 160),
    universal([3, 5], 4, 160),
    universal([3, 3], 4, 160),
    universal([3, 0], 4, 160),
    universal([0, 0], 2, 160),
    universal([3, 0], 4, 160),
  ],
  [
    universal([5, 5], 6, 256, 2),
    universal([5, 5], 4, 256),
    universal([3, 5], 4, 256),
    universal([3, 5], 4, 256),
    universal([0, 0], 4, 256),
    universal([3, 0], 4, 256),
    universal([3, 5], 2, 256),
    universal([5, 5], 4, 256),
    universal([0, 0], 4, 256),
    universal([0, 0], 4, 256),
    universal([5, 0], 2, 256),
  ],
];

const activation = "relu";

/** Makes a block, whose layers have its name before theirs: `block2-start`, `block2-expand`. */
function add(
  convolutions: Convolutions,
  x: SymbolicTensor,
  name: string,
  block: Block,
): SymbolicTensor {
  const { channels, stride } = block;
  if (block.kind === "convolution") {
    const options = { kernel: block.kernel, stride, activation } as const;
    return convolutions.full(x, `${name}-conv`, channels, options);
  }
  const expanded = roundChannels(block.expansion * sizeAt(x, 3));
  if (block.kind === "fused") {
    const options = { kernel: block.kernel, stride, activation } as const;
    const wide = convolutions.full(x, `${name}-fused`, expanded, options);
    const reduced = convolutions.full(wide, `${name}-reduce`, channels);
    return residual(x, reduced, { name, stride });
  }
  const { start, middle } = block;
  const depthwise = (y: SymbolicTensor, part: string, options: object) =>
    convolutions.depthwise(y, `${name}-${part}`, options);
  const started =
    start > 0 ? depthwise(x, "start", { kernel: start, stride: middle > 0 ? 1 : stride }) : x;
  const wide = convolutions.full(started, `${name}-expand`, expanded, { activation });
  const filtered =
    middle > 0 ? depthwise(wide, "middle", { kernel: middle, stride, activation }) : wide;
  const projected = convolutions.full(filtered, `${name}-project`, channels);
  return residual(x, projected, { name, stride });
}

/**
 * MobileNetV4-Conv (Qin et al. 2024, "MobileNetV4: Universal Models for the Mobile Ecosystem") without classifier
 * and the layer before it, pooled by poolAll.ts. Paddings and epsilon are those of timm.
 *
 * @param blocks those of Conv-Small or Conv-Medium, by stage
 * @returns a model from [n, size, size, 3] to pooled features [n, 960]
 */
export function buildMobileNetV4(blocks: Block[][], size: number, seed: number): LayersModel {
  const convolutions = new Convolutions(PYTORCH_COMMON, seed);
  const image = input({ shape: [size, size, 3], name: "image" });
  const stem = convolutions.full(image, "conv0", 32, { kernel: 3, stride: 2, activation });
  const convolved = blocks
    .flat()
    .reduce((x, block, i) => add(convolutions, x, `block${i}`, block), stem);
  const map = convolutions.full(convolved, "conv-last", 960, { activation });
  return model({ inputs: image, outputs: poolAll(map, "pool") });
}

const MODULES: Modules = {
  conv0: ["conv_stem", "bn1"],
  conv: ["conv", "bn1"],
  fused: ["conv_exp", "bn1"],
  reduce: ["conv_pwl", "bn2"],
  start: ["dw_start.conv", "dw_start.bn"],
  expand: ["pw_exp.conv", "pw_exp.bn"],
  middle: ["dw_mid.conv", "dw_mid.bn"],
  project: ["pw_proj.conv", "pw_proj.bn"],
  "conv-last": ["blocks.4.0.conv", "blocks.4.0.bn1"],
};

/** The layer between pool and classifier is left out too, because it serves the classes of ImageNet. */
const classifier = /^(conv_head|norm_head|classifier)\./;

function backbone(blocks: Block[][], sign: Record<string, readonly number[]>): Backbone {
  const build: Backbone["build"] = ({ size }, seed) => buildMobileNetV4(blocks, size, seed);
  const stages = blocks.map(({ length }) => length);
  return {
    build,
    schemes: [timmScheme({ sign, classifier, build, stages, modules: MODULES })],
    usual: { size: 224, batch: 64 },
    smallest: { size: 32, batch: 8 },
  };
}

export const mobilenetv4Small = backbone(SMALL, {
  "blocks.2.0.dw_start.conv.weight": [64, 1, 5, 5],
});
export const mobilenetv4Medium = backbone(MEDIUM, {
  "blocks.2.0.dw_start.conv.weight": [80, 1, 3, 3],
});
