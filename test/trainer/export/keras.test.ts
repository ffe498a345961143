import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { inferShapes } from "../../../shared/network/shapes.ts";
import { int8Obstacle } from "../../../shared/quantization/activations.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { chain } from "../../../trainer/networks/layers/chain.ts";
import { ActivityRegularization, Identity } from "../../../trainer/networks/layers/identity.ts";
import { single } from "../../../trainer/networks/layers/single.ts";
import { SpatialDropout2D } from "../../../trainer/networks/layers/spatialDropout.ts";
import { disturb, expectSame } from "./same.ts";

/** Tiny models as people make them with Keras: each is exported, and gives what the model predicts. */

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const SIZE = 12;

type Wire = tfl.SymbolicTensor;
type Layer = tfl.LayersModel["layers"][number];

const { activation, add, batchNormalization, concatenate, conv2d, dense, depthwiseConv2d } =
  tfl.layers;
const { averagePooling2d, flatten, globalAveragePooling2d, globalMaxPooling2d } = tfl.layers;
const { maxPooling2d, multiply, reLU, rescaling, reshape, separableConv2d } = tfl.layers;
const { zeroPadding2d } = tfl.layers;

const norm = (name?: string) => batchNormalization({ name });
const conv = (filters: number, kernelSize = 3, more: object = {}) =>
  conv2d({ filters, kernelSize, padding: "same", ...more });
const joined = (layer: Layer, ...wires: Wire[]) => single(layer.apply(wires));
const squeezed = (wire: Wire, channels: number, ...layers: Layer[]) =>
  joined(
    multiply(),
    wire,
    chain(
      chain(wire, globalAveragePooling2d({}), reshape({ targetShape: [1, 1, channels] })),
      ...layers,
    ),
  );

/** What the layers behind the image are, and how many operations of a kind they become. */
const models: [title: string, body: (image: Wire) => Wire, counts: Record<string, number>][] = [
  [
    "separable convolutions (Xception)",
    (image) =>
      chain(
        image,
        separableConv2d({ filters: 8, kernelSize: 3, padding: "same", useBias: false }),
        norm(),
        reLU({}),
        separableConv2d({
          ...{ filters: 6, kernelSize: [5, 3], strides: 2, depthMultiplier: 2 },
          activation: "swish",
        }),
      ),
    { depthwise_conv2d: 2, conv2d: 2 },
  ],
  [
    "a separable convolution behind zeros",
    (image) =>
      chain(image, zeroPadding2d({}), separableConv2d({ filters: 4, kernelSize: 3, strides: 2 })),
    { depthwise_conv2d: 1, conv2d: 1, zero_padding2d: 0 },
  ],
  [
    "batch norms before ReLU and convolution (ResNetV2)",
    (image) => {
      const stem = chain(image, conv(8));
      const block = chain(stem, norm(), reLU({}), conv(8), norm(), reLU({}), conv(8));
      return chain(joined(add(), stem, block), norm(), reLU({}));
    },
    { scale_shift: 2, activation: 0, conv2d: 3 },
  ],
  [
    "batch norms of concatenations (DenseNet)",
    (image) => {
      const stem = chain(image, conv(6), norm(), reLU({}), maxPooling2d({ poolSize: 2 }));
      const dense1 = chain(stem, norm(), reLU({}), conv(4));
      const wide = joined(concatenate(), stem, dense1);
      return chain(wide, norm(), reLU({}), conv(5, 1), averagePooling2d({ poolSize: 2 }), norm());
    },
    { scale_shift: 3, activation: 0 },
  ],
  ["a batch norm first", (image) => chain(image, norm(), conv(4)), { scale_shift: 1 }],
  [
    "a batch norm behind an activation",
    (image) => chain(image, conv(4), reLU({}), norm(), conv(3, 1)),
    { scale_shift: 1 },
  ],
  [
    "batch norms of vectors",
    (image) =>
      chain(
        image,
        conv(4),
        globalAveragePooling2d({}),
        norm(),
        dense({ units: 6 }),
        reLU({}),
        norm(),
      ),
    { scale_shift: 2 },
  ],
  [
    "zeros before maxima (ResNet-50)",
    (image) =>
      chain(
        image,
        zeroPadding2d({ padding: 3 }),
        conv2d({ filters: 6, kernelSize: 7, strides: 2 }),
        norm(),
        reLU({}),
        zeroPadding2d({ padding: 1 }),
        maxPooling2d({ poolSize: 3, strides: 2 }),
      ),
    { zero_padding2d: 1, max_pool2d: 1 },
  ],
  [
    "zeros before maxima and means of values below zero",
    (image) => {
      const padded = chain(image, conv(5), zeroPadding2d({ padding: 1 }));
      return joined(
        concatenate(),
        chain(padded, maxPooling2d({ poolSize: 3, strides: 2 })),
        chain(padded, averagePooling2d({ poolSize: 3, strides: 2 })),
      );
    },
    { zero_padding2d: 1 },
  ],
  [
    "zeros before a convolution that pads, and before two",
    (image) => {
      const padded = chain(image, zeroPadding2d({ padding: 1 }), conv(4), zeroPadding2d({}));
      return joined(add(), chain(padded, conv(3, 1)), chain(padded, conv(3, 3)));
    },
    { zero_padding2d: 2 },
  ],
  [
    "maxima of 1 x 1 with a stride (ResNet50V2)",
    (image) => chain(image, conv(5), maxPooling2d({ poolSize: 1, strides: 2 })),
    { max_pool2d: 1 },
  ],
  [
    "squeeze and excitation of convolutions (EfficientNet)",
    (image) => {
      const map = chain(image, conv(8), norm(), activation({ activation: "swish" }));
      const gates = [conv(3, 1, { activation: "swish" }), conv(8, 1, { activation: "sigmoid" })];
      return chain(squeezed(map, 8, ...gates), conv(6, 1), norm());
    },
    { multiply: 1, dense: 2, conv2d: 2 },
  ],
  [
    "squeeze and excitation of dense layers, the vector first (SENet)",
    (image) => {
      const map = chain(image, conv(8));
      const gate = chain(
        map,
        globalAveragePooling2d({}),
        dense({ units: 3, activation: "relu" }),
        dense({ units: 8, activation: "hardSigmoid" }),
        reshape({ targetShape: [1, 1, 8] }),
      );
      return joined(multiply(), gate, map);
    },
    { multiply: 1, dense: 2 },
  ],
  [
    "a product of images",
    (image) => {
      const map = chain(image, conv(5));
      return joined(multiply(), map, chain(map, activation({ activation: "sigmoid" })));
    },
    { multiply: 1, activation: 1 },
  ],
  [
    "hard sigmoids of Keras, in a layer, behind one and behind a pool",
    (image) =>
      chain(
        image,
        conv(4, 3, { activation: "hardSigmoid" }),
        conv(4),
        norm(),
        activation({ activation: "hardSigmoid" }),
        maxPooling2d({ poolSize: 2 }),
        activation({ activation: "hardSigmoid" }),
      ),
    { scale_shift: 1, activation: 0 },
  ],
  [
    "leaky ReLU, ELU and layers of no effect (Darknet)",
    (image) =>
      chain(
        image,
        conv(4),
        norm(),
        tfl.layers.leakyReLU({ alpha: 0.1 }),
        new SpatialDropout2D({ rate: 0.5 }),
        new Identity({}),
        depthwiseConv2d({ kernelSize: 5, padding: "same" }),
        new ActivityRegularization({}),
        activation({ activation: "linear" }),
        tfl.layers.elu(),
      ),
    { activation: 0, conv2d: 1, depthwise_conv2d: 1 },
  ],
  [
    "pixels that the model scales itself",
    (image) =>
      chain(image, rescaling({ scale: 2, offset: -1 }), conv(4), rescaling({ scale: 0.5 })),
    { scale_shift: 1 },
  ],
  [
    "the maximum of each map",
    (image) => chain(image, conv(5), globalMaxPooling2d({})),
    { max_pool2d: 1 },
  ],
  [
    "a mean that is an image of 1 x 1, flattened behind a convolution (MobileNet)",
    (image) =>
      chain(
        image,
        conv(5),
        globalAveragePooling2d({}),
        reshape({ targetShape: [1, 1, 5] }),
        tfl.layers.dropout({ rate: 0.1 }),
        conv(7, 1),
        reLU({}),
        flatten(),
      ),
    { dense: 1, flatten: 0, activation: 0 },
  ],
  [
    "an image that becomes a vector by its shape",
    (image) => chain(image, conv(2), reshape({ targetShape: [SIZE * SIZE * 2] })),
    { flatten: 1 },
  ],
  [
    "dilated convolutions (DeepLab)",
    (image) =>
      chain(
        image,
        conv(4, 3, { dilationRate: 2 }),
        conv(6, 3, { dilationRate: [3, 2] }),
        separableConv2d({ filters: 5, kernelSize: [3, 2], dilationRate: [1, 2], useBias: false }),
      ),
    { conv2d: 3, depthwise_conv2d: 1 },
  ],
  [
    "ReLU with slopes that train, of images and vectors (ArcFace)",
    (image) => {
      const slopes = (sharedAxes?: number[]) =>
        tfl.layers.prelu({ sharedAxes, alphaInitializer: "randomUniform" });
      const map = chain(image, conv(5), norm(), slopes([1, 2]), conv(5), slopes([1, 2, 3]));
      return chain(map, globalAveragePooling2d({}), slopes());
    },
    { add: 3, scale_shift: 6, activation: 0 },
  ],
  [
    "slopes above 1",
    (image) => {
      const alphaInitializer = tfl.initializers.constant({ value: 1.2 });
      return chain(image, conv(5), tfl.layers.prelu({ sharedAxes: [1, 2], alphaInitializer }));
    },
    { add: 1, scale_shift: 2, activation: 1 },
  ],
  [
    "a sum of four",
    (image) => joined(add(), ...[1, 3, 5, 7].map((size) => chain(image, conv(4, size)))),
    { add: 1 },
  ],
];

describe("a model of Keras", () => {
  it.each(models)("may have %s", (_, body, counts) => {
    const image = tfl.input({ shape: [SIZE, SIZE, 3] });
    const wire = body(image);
    const outputs = wire.rank === 4 ? chain(wire, globalAveragePooling2d({})) : wire;
    const model = tfl.model({ inputs: image, outputs });
    disturb(model);
    const { network } = expectSame(model, SIZE);
    for (const [op, count] of Object.entries(counts)) {
      expect(
        network.filter((layer) => layer.op === op),
        op,
      ).toHaveLength(count);
    }
    const { outputs: shapes } = inferShapes(network, { width: SIZE, height: SIZE });
    const multiplied = network.some((l) => l.op === "depthwise_conv2d" && l.depthMultiplier > 1);
    expect(int8Obstacle(network, shapes) === undefined).toBe(!multiplied);
  });
});
