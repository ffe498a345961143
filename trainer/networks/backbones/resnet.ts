import {
  input,
  layers,
  type LayersModel,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { chain } from "../layers/chain.ts";
import { poolAll } from "../layers/poolAll.ts";
import { sizeAt } from "../sizeAt.ts";
import type { Backbone } from "./backbone.ts";
import { Convolutions, PYTORCH_COMMON } from "./parts/convolutions.ts";
import { type Modules, pytorchNames } from "./parts/names.ts";

interface ResNet {
  /** Number of blocks of each stage (He et al. 2015, table 1). */
  stages: readonly number[];
  /** Two convolutions of 3 x 3, or one between two of 1 x 1, the last of which has four times the channels. */
  block: "basic" | "bottleneck";
}

const RESNET_18: ResNet = { stages: [2, 2, 2, 2], block: "basic" };
const RESNET_50: ResNet = { stages: [3, 4, 6, 3], block: "bottleneck" };

/** Channels of the 3 x 3 convolutions of the first stage. They double from stage to stage. */
const CHANNELS = 64;

const activation = "relu";

/**
 * ResNet (He et al. 2015, "Deep Residual Learning for Image Recognition") without classifier, pooled by poolAll.ts.
 * As in timm and torchvision, the 3 x 3 convolution of a bottleneck has the stride, which is called v1.5.
 * Layers are named `conv0`, `pool0`, `block0-conv1`, `block0-conv2`, `block0-shortcut`, `block0-add`, `block0-relu`.
 *
 * @returns a model from [n, size, size, 3] to pooled features [n, 512], or [n, 2048] of bottlenecks
 */
export function buildResNet({ stages, block }: ResNet, size: number, seed: number): LayersModel {
  const convolutions = new Convolutions(PYTORCH_COMMON, seed);
  const bottleneck = block === "bottleneck";

  const residual = (x: SymbolicTensor, name: string, filters: number, stride: number) => {
    const convolve = (y: SymbolicTensor, i: number, options: object, wider = 1) =>
      convolutions.full(y, `${name}-conv${i}`, wider * filters, options);
    const y = bottleneck
      ? convolve(
          convolve(convolve(x, 1, { activation }), 2, { kernel: 3, stride, activation }),
          3,
          {},
          4,
        )
      : convolve(convolve(x, 1, { kernel: 3, stride, activation }), 2, { kernel: 3 });
    const channels = sizeAt(y, 3);
    const shortcut =
      stride > 1 || sizeAt(x, 3) !== channels
        ? convolutions.full(x, `${name}-shortcut`, channels, { stride })
        : x;
    const relu = layers.activation({ name: `${name}-relu`, activation });
    return chain([y, shortcut], layers.add({ name: `${name}-add` }), relu);
  };

  const image = input({ shape: [size, size, 3], name: "image" });
  const stem = convolutions.full(image, "conv0", CHANNELS, { kernel: 7, stride: 2, activation });
  const pooled = chain(
    stem,
    // Behind a ReLU zeros are as good as the padding of PyTorch, which never is a maximum.
    layers.zeroPadding2d({ name: "pool0-pad", padding: 1 }),
    layers.maxPooling2d({ name: "pool0", poolSize: 3, strides: 2 }),
  );
  const blocks = stages.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => ({
      filters: CHANNELS * 2 ** stage,
      stride: stage > 0 && i === 0 ? 2 : 1,
    })),
  );
  const map = blocks.reduce(
    (x, { filters, stride }, i) => residual(x, `block${i}`, filters, stride),
    pooled,
  );
  return model({ inputs: image, outputs: poolAll(map, "pool") });
}

const MODULES: Modules = {
  conv0: ["conv1", "bn1"],
  conv1: ["conv1", "bn1"],
  conv2: ["conv2", "bn2"],
  conv3: ["conv3", "bn3"],
  shortcut: ["downsample.0", "downsample.1"],
};

function backbone(
  resnet: ResNet,
  sign: Record<string, readonly number[]>,
  batch: number,
): Backbone {
  const build: Backbone["build"] = ({ size }, seed) => buildResNet(resnet, size, seed);
  const { stages } = resnet;
  const prefix = (stage: number, index: number) => `layer${stage + 1}.${index}.`;
  return {
    build,
    schemes: [
      {
        library: "timm and torchvision",
        sign,
        classifier: /^fc\./,
        layout: "pytorch",
        nameOf: pytorchNames({ stages, prefix, modules: MODULES }),
        variant: () => ({ build }),
      },
    ],
    usual: { size: 224, batch },
    smallest: { size: 32, batch: 4 },
  };
}

export const resnet18 = backbone(RESNET_18, { "layer1.0.conv1.weight": [64, 64, 3, 3] }, 32);
export const resnet50 = backbone(RESNET_50, { "layer1.0.conv1.weight": [64, 64, 1, 1] }, 16);
