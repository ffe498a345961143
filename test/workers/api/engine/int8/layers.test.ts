import { describe, expect, it } from "vitest";
import {
  type Activated,
  FUNCTIONS,
  type Layer,
  type Network,
} from "../../../../../shared/network/schema.ts";
import { each } from "../../../../oracles/numbers.ts";
import { makeCase } from "./case.ts";
import { expectSame } from "./expectSame.ts";

/** Every layer in int8 arithmetic against scalar loops over activations rounded to 7 bits. */

const SIZE = { height: 9, width: 8 };

const conv = (
  name: string,
  input: string,
  filters: number,
  options: Partial<Extract<Layer, { op: "conv2d" }>> = {},
): Layer => ({
  op: "conv2d",
  name,
  inputs: [input],
  filters,
  kernelSize: [1, 1],
  strides: [1, 1],
  padding: "valid",
  activation: "linear",
  ...options,
});

const depthwise = (
  options: Partial<Extract<Layer, { op: "depthwise_conv2d" }>>,
  kernelSize: [number, number] = [3, 3],
): Layer => ({
  op: "depthwise_conv2d",
  name: "l",
  inputs: ["stem"],
  depthMultiplier: 1,
  kernelSize,
  strides: [1, 1],
  padding: "same",
  activation: "linear",
  ...options,
});

/** A function of activation, with what its layer says of it. */
const activated = (activation: Activated["activation"]): Activated =>
  activation === "leaky_relu" ? { activation, slope: 0.3 } : { activation };

const pool = (
  op: "max_pool2d" | "average_pool2d",
  poolSize: [number, number],
  padding: "same" | "valid",
): Layer => ({ op, name: "l", inputs: ["stem"], poolSize, strides: [2, 1], padding });

const flat: Layer = { op: "flatten", name: "flat", inputs: ["l"] };

/** Layers behind a stem of so many channels. */
const cases: [title: string, channels: number, layers: Layer[]][] = [
  ["pointwise", 8, [conv("l", "stem", 16)]],
  ["pointwise, odd counts", 13, [conv("l", "stem", 11, { activation: "relu" })]],
  ["pointwise, many outputs", 24, [conv("l", "stem", 51, { activation: "relu6" })]],
  ["pointwise from three channels to three", 3, [conv("l", "stem", 3)]],
  ["pointwise, large enough to be stored in 8 bits", 80, [conv("l", "stem", 56)]],
  ["3 x 3 same", 5, [conv("l", "stem", 9, { kernelSize: [3, 3], padding: "same" })]],
  ["3 x 3 valid, stride 2", 16, [conv("l", "stem", 8, { kernelSize: [3, 3], strides: [2, 2] })]],
  [
    "5 x 2 with explicit zeros",
    6,
    [conv("l", "stem", 8, { kernelSize: [5, 2], strides: [1, 2], padding: [2, 1, 0, 1] })],
  ],
  ["1 x 1 with stride 2", 10, [conv("l", "stem", 8, { strides: [2, 2] })]],
  [
    "3 x 3, large enough to be stored in 8 bits",
    24,
    [conv("l", "stem", 24, { kernelSize: [3, 3], padding: "same", activation: "relu6" })],
  ],
  ["depthwise same", 8, [depthwise({ strides: [1, 1], padding: "same", activation: "relu6" })]],
  [
    "depthwise same, stride 2",
    20,
    [depthwise({ strides: [2, 2], padding: "same", activation: "linear" })],
  ],
  ["depthwise valid", 11, [depthwise({ strides: [1, 2], padding: "valid", activation: "relu" })]],
  [
    "depthwise with explicit zeros",
    16,
    [depthwise({ strides: [2, 1], padding: [1, 1, 1, 1], activation: "relu6" })],
  ],
  [
    "depthwise of three channels",
    3,
    [depthwise({ strides: [1, 1], padding: "same", activation: "linear" })],
  ],
  ["depthwise 5 x 5", 13, [depthwise({ activation: "relu" }, [5, 5])]],
  ["depthwise 5 x 5, stride 2", 8, [depthwise({ strides: [2, 2] }, [5, 5])]],
  ["depthwise 5 x 5 valid", 16, [depthwise({ padding: "valid", strides: [1, 2] }, [5, 5])]],
  ["depthwise 7 x 7, wider than the image", 8, [depthwise({ padding: [4, 3, 5, 3] }, [7, 7])]],
  ["depthwise 8 x 1", 9, [depthwise({ padding: "valid" }, [8, 1])]],
  ["depthwise 2 x 9, stride 3", 8, [depthwise({ strides: [3, 3] }, [2, 9])]],
  ["max pool same", 12, [pool("max_pool2d", [3, 3], "same")]],
  ["max pool valid", 3, [pool("max_pool2d", [2, 2], "valid")]],
  ["average pool same", 9, [pool("average_pool2d", [3, 2], "same")]],
  ["add", 14, [conv("other", "stem", 14), { op: "add", name: "l", inputs: ["stem", "other"] }]],
  [
    "add five",
    11,
    [
      ...["a", "b", "c"].map((name) => conv(name, "stem", 11)),
      { op: "add", name: "l", inputs: ["stem", "a", "b", "c", "a"] },
    ],
  ],
  ["padding", 9, [{ op: "zero_padding2d", name: "l", inputs: ["stem"], padding: [1, 0, 2, 3] }]],
  [
    "padding of three channels",
    3,
    [{ op: "zero_padding2d", name: "l", inputs: ["stem"], padding: [0, 3, 0, 1] }],
  ],
  [
    "a product of images",
    13,
    [conv("other", "stem", 13), { op: "multiply", name: "l", inputs: ["stem", "other"] }],
  ],
  [
    "squeeze and excitation",
    20,
    [
      { op: "global_average_pool2d", name: "mean", inputs: ["stem"] },
      { op: "dense", name: "squeeze", inputs: ["mean"], units: 5, activation: "relu" },
      { op: "dense", name: "excite", inputs: ["squeeze"], units: 20, activation: "hard_sigmoid" },
      { op: "multiply", name: "l", inputs: ["stem", "excite"] },
    ],
  ],
  [
    "a sum and a product of vectors",
    6,
    [
      { op: "flatten", name: "a", inputs: ["stem"] },
      { op: "scale_shift", name: "b", inputs: ["a"], activation: "sigmoid" },
      { op: "multiply", name: "c", inputs: ["a", "b"] },
      { op: "add", name: "flat", inputs: ["a", "b", "c"] },
    ],
  ],
  [
    "concat",
    5,
    [
      conv("a", "stem", 11),
      conv("b", "stem", 3, { activation: "relu" }),
      { op: "concat", name: "l", inputs: ["a", "stem", "b"] },
    ],
  ],
  ["activation", 7, [{ op: "activation", name: "l", inputs: ["stem"], activation: "relu" }]],
];

describe("a layer in int8", () => {
  it.each(cases)("%s", async (_, channels, layers) => {
    const end = layers.some(({ name }) => name === "flat") ? [] : [flat];
    await expectSame([conv("stem", "input", channels), ...layers, ...end], SIZE, 5);
  });

  it.each(FUNCTIONS)("%s behind and in every layer that may have it", async (name) => {
    const own = activated(name);
    const network: Network = [
      conv("stem", "input", 13, { kernelSize: [2, 2], padding: "same" }),
      { op: "activation", name: "plain", inputs: ["stem"], ...own },
      conv("wide", "plain", 11, own),
      depthwise({ name: "small", inputs: ["wide"], ...own }),
      depthwise({ name: "large", inputs: ["small"], ...own }, [5, 5]),
      { op: "scale_shift", name: "l", inputs: ["large"], ...own },
    ];
    for (const count of [2, 3, 4, 5, 6]) {
      const [last] = network.slice(count - 1, count);
      const end: Layer = { op: "flatten", name: "flat", inputs: [last.name] };
      await expectSame([...network.slice(0, count), end], SIZE, 5);
    }
  });

  it.each(FUNCTIONS)("%s of a vector", async (name) => {
    const network: Network = [
      conv("l", "input", 10, { kernelSize: [3, 3], strides: [2, 2], padding: "same" }),
      { op: "flatten", name: "flat", inputs: ["l"] },
      { op: "activation", name: "end", inputs: ["flat"], ...activated(name) },
    ];
    await expectSame(network, SIZE, 7);
  });

  it.each(FUNCTIONS)("dense %s of a mean", async (activation) => {
    const network: Network = [
      conv("l", "input", 10, { kernelSize: [3, 3], strides: [2, 2], padding: "same" }),
      { op: "global_average_pool2d", name: "mean", inputs: ["l"] },
      { op: "dense", name: "head", inputs: ["mean"], units: 13, ...activated(activation) },
    ];
    await expectSame(network, SIZE, 7);
  });

  it.each([1, 7, 24])("the sum of mean and maximum of %i channels", async (channels) => {
    const network: Network = [
      conv("stem", "input", channels),
      { op: "global_average_pool2d", name: "mean", inputs: ["stem"] },
      {
        ...{ op: "max_pool2d", name: "l", inputs: ["stem"] },
        ...{ poolSize: [SIZE.height, SIZE.width], strides: [1, 1], padding: "valid" },
      },
      flat,
      { op: "add", name: "sum", inputs: ["mean", "flat"] },
    ];
    await expectSame(network, SIZE, 8);
  });

  it("reads kernels that are stored in int8, which small ones are not", async () => {
    const network: Network = [
      conv("stem", "input", 24),
      conv("l", "stem", 41, { kernelSize: [3, 3], padding: "same" }),
      { op: "global_average_pool2d", name: "mean", inputs: ["l"] },
      { op: "dense", name: "head", inputs: ["mean"], units: 101, activation: "linear" },
    ];
    const { content } = await makeCase(network, SIZE, 3);
    for (const kernel of ["l/kernel", "head/kernel"]) {
      expect(content.tensors.get(kernel)?.quantized, kernel).toBeDefined();
    }
    await expectSame(network, SIZE, 3);
  });

  it("is the same whatever size the image has", async () => {
    for (const side of each(11)) {
      const layers = [conv("l", "stem", 8, { kernelSize: [3, 3], padding: "same" })];
      const network = [conv("stem", "input", 8), ...layers, flat];
      await expectSame(network, { height: 8 + side, width: 20 - side }, side);
    }
  });
});
