import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { UserError } from "../../../trainer/error.ts";
import { exportNetwork, joinNetworks } from "../../../trainer/export/network.ts";
import { HardSigmoid } from "../../../trainer/networks/layers/hardSigmoid.ts";
import { HardSwish } from "../../../trainer/networks/layers/hardSwish.ts";
import { buildSmall } from "../../../trainer/networks/backbones/small.ts";
import { disturb, expectSame, images } from "./same.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const SIZE = 13;

type Layer = tfl.LayersModel["layers"][number];
type Wire = tfl.SymbolicTensor;

/** Applies a layer that has one output. */
function apply(layer: Layer, input: Wire | Wire[]): Wire {
  const output = layer.apply(input);
  if (Array.isArray(output) || output instanceof tf.Tensor) throw new Error("not one wire");
  return output;
}

/** A model of an image; `wires` lays the layers. */
function modelOf(wires: (image: Wire) => Wire, size = SIZE): tfl.LayersModel {
  const image = tfl.input({ shape: [size, size, 3] });
  return tfl.model({ inputs: image, outputs: wires(image) });
}

/** A chain of layers, one after the other. */
const chain = (...layers: Layer[]) =>
  modelOf((image) => layers.reduce<Wire>((wire, layer) => apply(layer, wire), image));

const norm = (name?: string) => tfl.layers.batchNormalization({ name });
const relu6 = () => tfl.layers.reLU({ maxValue: 6 });
const head = (units = 4) => [
  tfl.layers.globalAveragePooling2d({}),
  tfl.layers.dense({ units, name: "head" }),
];

describe("the exported network", () => {
  it("is the small network after training, with its batch norms folded away", () => {
    const size = 16;
    const model = buildSmall(size, 6, 1);
    for (let pass = 0; pass < 3; pass++) model.apply(images(4, size), { training: true });
    const { network } = expectSame(model, size);
    expect(network.map(({ name }) => name)).toEqual([
      "conv1",
      "conv2",
      "conv3",
      "flat",
      "embedding",
    ]);
    expect(network[0]).toMatchObject({ op: "conv2d", activation: "relu" });
  });

  it("is a residual block of depthwise convolutions", () => {
    const model = modelOf((image) => {
      const step = (wire: Wire, ...layers: Layer[]) =>
        layers.reduce<Wire>((last, layer) => apply(layer, last), wire);
      const conv = (filters: number, strides = 1) =>
        tfl.layers.conv2d({
          filters,
          strides,
          kernelSize: strides === 1 ? 1 : 3,
          padding: "same",
          useBias: false,
        });
      const depthwise = tfl.layers.depthwiseConv2d({ kernelSize: 3, padding: "same" });
      const stem = step(image, conv(4, 2), norm(), relu6());
      const block = step(stem, conv(12), norm(), relu6(), depthwise, norm(), relu6());
      const sum = apply(tfl.layers.add({}), [stem, step(block, conv(4), norm())]);
      const pools = [
        tfl.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
        tfl.layers.averagePooling2d({ poolSize: 3, strides: 2, padding: "same" }),
      ].map((pool) => apply(pool, sum));
      const wide = apply(tfl.layers.concatenate({}), pools);
      return step(wide, tfl.layers.dropout({ rate: 0.5 }), ...head());
    });
    disturb(model);
    const { network } = expectSame(model, SIZE);
    expect(network.map(({ op }) => op)).toEqual([
      "conv2d",
      "conv2d",
      "depthwise_conv2d",
      "conv2d",
      "add",
      "max_pool2d",
      "average_pool2d",
      "concat",
      "global_average_pool2d",
      "dense",
    ]);
  });

  const { conv2d, depthwiseConv2d, dense, flatten, activation } = tfl.layers;
  it.each<[string, () => Layer[]]>([
    [
      "a depthwise convolution that multiplies channels, with its batch norm",
      () => [depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), norm(), ...head()],
    ],
    [
      "convolutions of valid padding, strides and windows that are not square",
      () => [
        conv2d({ filters: 5, kernelSize: [3, 2], strides: [2, 1], activation: "relu" }),
        depthwiseConv2d({ kernelSize: [2, 3], strides: 2, padding: "valid" }),
        ...head(),
      ],
    ],
    [
      "pools of valid padding",
      () => [
        tfl.layers.maxPooling2d({ poolSize: [2, 3], strides: [2, 1] }),
        tfl.layers.averagePooling2d({ poolSize: 2 }),
        flatten(),
        dense({ units: 3 }),
      ],
    ],
    [
      "dense layers with and without bias, a batch norm and an activation between",
      () => [
        flatten(),
        dense({ units: 8, useBias: false }),
        norm(),
        activation({ activation: "relu" }),
        dense({ units: 3, activation: "relu6" }),
      ],
    ],
    [
      "a batch norm without scale and one without center",
      () => [
        conv2d({ filters: 3, kernelSize: 1 }),
        tfl.layers.batchNormalization({ scale: false }),
        conv2d({ filters: 3, kernelSize: 1 }),
        tfl.layers.batchNormalization({ center: false, epsilon: 0.1 }),
        ...head(),
      ],
    ],
    [
      "a batch norm behind dropout",
      () => [
        conv2d({ filters: 3, kernelSize: 1 }),
        tfl.layers.dropout({ rate: 0.3 }),
        norm(),
        ...head(),
      ],
    ],
    [
      "an activation that nothing can take in",
      () => [
        tfl.layers.maxPooling2d({ poolSize: 2 }),
        activation({ activation: "relu" }),
        flatten(),
        dense({ units: 2 }),
      ],
    ],
    ...["sigmoid", "swish", "elu", "relu6"].map((name): [string, () => Layer[]] => [
      `${name} in a layer and behind one`,
      () => [
        conv2d({ filters: 5, kernelSize: 3, activation: name as "swish" }),
        depthwiseConv2d({ kernelSize: [5, 4], padding: "same" }),
        norm(),
        activation({ activation: name as "swish" }),
        ...head(),
        activation({ activation: name as "swish" }),
      ],
    ]),
    [
      "layers that are a function of activation",
      () => [
        conv2d({ filters: 5, kernelSize: 3 }),
        norm(),
        tfl.layers.leakyReLU({ alpha: 0.2 }),
        tfl.layers.maxPooling2d({ poolSize: 2 }),
        new HardSwish({}),
        depthwiseConv2d({ kernelSize: 5, strides: 2, padding: "same" }),
        new HardSwish({}),
        ...head(),
        tfl.layers.elu(),
        dense({ units: 3 }),
        new HardSigmoid({}),
      ],
    ],
    [
      "layers that only act in training",
      () => [
        tfl.layers.gaussianNoise({ stddev: 1 }),
        conv2d({ filters: 3, kernelSize: 1 }),
        tfl.layers.gaussianDropout({ rate: 0.3 }),
        tfl.layers.alphaDropout({ rate: 0.3 }),
        norm(),
        ...head(),
      ],
    ],
    [
      "an activation at the end",
      () => [flatten(), dense({ units: 4 }), activation({ activation: "relu6" })],
    ],
  ])("is %s", (_, layers) => {
    const model = chain(...layers());
    disturb(model);
    expectSame(model, SIZE);
  });

  it("takes zero padding into the convolution behind it", () => {
    const model = chain(
      tfl.layers.zeroPadding2d({
        padding: [
          [1, 0],
          [0, 2],
        ],
      }),
      conv2d({ filters: 4, kernelSize: 3, strides: 2, useBias: false }),
      norm(),
      relu6(),
      tfl.layers.zeroPadding2d({ padding: 1 }),
      depthwiseConv2d({ kernelSize: 3, strides: 2, padding: "valid" }),
      ...head(),
    );
    disturb(model);
    const { network } = expectSame(model, SIZE);
    expect(network.slice(0, 2)).toMatchObject([
      { op: "conv2d", inputs: ["input"], padding: [1, 0, 0, 2], activation: "relu6" },
      { op: "depthwise_conv2d", padding: [1, 1, 1, 1] },
    ]);
  });

  it("is one network of two that follow each other", () => {
    const image = tfl.input({ shape: [SIZE, SIZE, 3] });
    const map = [conv2d({ filters: 3, kernelSize: 3, name: "first" }), relu6()].reduce<Wire>(
      (wire, layer) => apply(layer, wire),
      image,
    );
    const between = tfl.input({ shape: map.shape.slice(1) });
    const end = head().reduce<Wire>((wire, layer) => apply(layer, wire), between);
    const trunk = tfl.model({ inputs: image, outputs: map });
    const tail = tfl.model({ inputs: between, outputs: end });
    const { network, tensors } = joinNetworks(exportNetwork(trunk), exportNetwork(tail));
    expect(network.map(({ name, inputs }) => [name, ...inputs])).toEqual([
      ["first", "input"],
      [expect.any(String), "first"],
      ["head", network[1].name],
    ]);
    expect([...tensors.keys()]).toEqual(["first/kernel", "first/bias", "head/kernel", "head/bias"]);
  });

  it("keeps a convolution as it is where its output is read twice, once through dropout", () => {
    const model = modelOf((image) => {
      const plain = apply(conv2d({ filters: 3, kernelSize: 1, name: "shared" }), image);
      const dropped = apply(tfl.layers.dropout({ rate: 0.5 }), plain);
      const cut = apply(activation({ activation: "relu" }), dropped);
      const both = apply(tfl.layers.add({}), [plain, cut]);
      return head().reduce<Wire>((wire, layer) => apply(layer, wire), both);
    });
    disturb(model);
    const { network } = expectSame(model, SIZE);
    expect(network[0]).toMatchObject({ name: "shared", activation: "linear" });
  });

  it("keeps a convolution as it is where its output is read twice", () => {
    const model = modelOf((image) => {
      const plain = apply(conv2d({ filters: 3, kernelSize: 1, name: "shared" }), image);
      const cut = apply(activation({ activation: "relu" }), plain);
      const both = apply(tfl.layers.add({}), [plain, cut]);
      return head().reduce<Wire>((wire, layer) => apply(layer, wire), both);
    });
    disturb(model);
    const { network } = expectSame(model, SIZE);
    expect(network[0]).toMatchObject({ name: "shared", activation: "linear" });
  });
});

describe("a layer that the edge cannot run", () => {
  const { conv2d, dense, depthwiseConv2d, flatten, activation, upSampling2d } = tfl.layers;
  const conv = (config: object) => conv2d({ filters: 3, kernelSize: 3, name: "odd", ...config });
  it.each<[string, () => Layer[], RegExp]>([
    ["is of another class", () => [upSampling2d({ name: "odd" }), ...head()], /a UpSampling2D/],
    [
      "has a slope for each position",
      () => [tfl.layers.prelu({ name: "odd" }), ...head()],
      /\(PReLU\) at sharedAxes: found null, .* expected \[1, 2\], a slope for each channel/,
    ],
    [
      "normalises the features of one image",
      () => [tfl.layers.layerNormalization({ name: "odd" }), ...head()],
      /a LayerNormalization, .* the nearest that it runs is BatchNormalization/,
    ],
    [
      "is dilated where tfjs-layers ignores that",
      () => [depthwiseConv2d({ kernelSize: 3, dilationRate: 2, name: "odd" }), ...head()],
      /\(DepthwiseConv2D\) at dilationRate: found \[2,2\], .* Conv2D and SeparableConv2D may/,
    ],
    [
      "has the activation of transformers",
      () => [conv({ activation: "gelu" }), ...head()],
      /\(Conv2D\) at activation: found "gelu", .* expected linear, relu, /,
    ],
    [
      "has another activation",
      () => [conv({ activation: "tanh" }), ...head()],
      /at activation: found "tanh", .* expected linear, relu, .* or a layer ReLU, .*HardSwish/,
    ],
    [
      "is another activation",
      () => [activation({ activation: "softmax", name: "odd" }), ...head()],
      /at activation: found "softmax"/,
    ],
    [
      "cuts off at another value",
      () => [tfl.layers.reLU({ maxValue: 1, name: "odd" }), ...head()],
      /at maxValue: found 1,/,
    ],
    [
      "makes another image of an image",
      () => [tfl.layers.reshape({ targetShape: [SIZE * SIZE, 1, 3], name: "odd" }), ...head()],
      /at targetShape: found \[169,1,3\], .* only vectors are made of images/,
    ],
  ])("is named where it %s", (_, layers, reason) => {
    const model = chain(...layers());
    expect(() => exportNetwork(model)).toThrow(UserError);
    expect(() => exportNetwork(model)).toThrow(/layer "odd"/);
    expect(() => exportNetwork(model)).toThrow(reason);
  });

  it("is named where it multiplies three", () => {
    const model = modelOf((image) => {
      const three = apply(tfl.layers.multiply({ name: "odd" }), [image, image, image]);
      return head().reduce<Wire>((wire, layer) => apply(layer, wire), three);
    });
    expect(() => exportNetwork(model)).toThrow(/layer "odd" multiplies 3 inputs, the edge .* 2/);
  });

  it("is named where two places share it", () => {
    const model = modelOf((image) => {
      const shared = dense({ units: 4, name: "odd" });
      const flat = apply(flatten(), image);
      const once = apply(shared, flat);
      return apply(tfl.layers.add({}), [once, apply(shared, flat)]);
    });
    expect(() => exportNetwork(model)).toThrow(UserError);
    expect(() => exportNetwork(model)).toThrow(/layer "odd" is used more than once/);
  });

  it("is named where it joins along another axis", () => {
    const model = modelOf((image) => {
      const tall = apply(tfl.layers.concatenate({ axis: 1, name: "odd" }), [image, image]);
      return head().reduce<Wire>((wire, layer) => apply(layer, wire), tall);
    });
    expect(() => exportNetwork(model)).toThrow(/layer "odd" \(Concatenate\) at axis/);
  });
});
