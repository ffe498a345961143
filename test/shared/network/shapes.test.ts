import { describe, expect, it } from "vitest";
import { type Layer, layerSchema, type Padding } from "../../../shared/network/schema.ts";
import { inferShapes, NetworkError } from "../../../shared/network/shapes.ts";

const SIZE = { width: 10, height: 7 };

const conv = (changes: Partial<Extract<Layer, { op: "conv2d" }>> = {}): Layer => ({
  op: "conv2d",
  name: "conv",
  inputs: ["input"],
  filters: 4,
  kernelSize: [3, 2],
  strides: [1, 1],
  padding: "same",
  activation: "relu",
  ...changes,
});
const pool = (name: string, ...inputs: [string]): Layer => ({
  op: "global_average_pool2d",
  name,
  inputs,
});

/** The shape of one layer that reads the image, by way of a network that ends in a vector. */
const outputOf = (layer: Layer, end: Layer = pool("end", layer.name)) =>
  inferShapes([layer, end], SIZE).outputs.get(layer.name);

describe("inferred shapes", () => {
  it.each([
    { padding: "same", strides: [1, 1], shape: [7, 10, 4] },
    { padding: "same", strides: [2, 3], shape: [4, 4, 4] },
    { padding: "valid", strides: [1, 1], shape: [5, 9, 4] },
    { padding: "valid", strides: [2, 3], shape: [3, 3, 4] },
    { padding: [1, 1, 1, 1], strides: [2, 2], shape: [4, 6, 4] },
    { padding: [0, 2, 0, 1], strides: [1, 1], shape: [7, 10, 4] },
    { padding: [1, 0, 0, 0], strides: [2, 3], shape: [3, 3, 4] },
  ] satisfies { padding: Padding; strides: [number, number]; shape: number[] }[])(
    "of a convolution of padding $padding with strides $strides",
    ({ padding, strides, shape }) => {
      expect(outputOf(conv({ padding, strides }))).toEqual(shape);
    },
  );

  it.each(["conv2d", "depthwise_conv2d"] as const)(
    "of a %s need padding smaller than the kernel",
    (op) => {
      const { filters, ...rest } = conv() as Extract<Layer, { op: "conv2d" }>;
      const layer = op === "conv2d" ? { ...rest, filters } : { ...rest, op, depthMultiplier: 1 };
      const accepts = (...padding: number[]) =>
        layerSchema.safeParse({ ...layer, padding }).success;
      expect(accepts(2, 2, 1, 1)).toBe(true);
      expect(accepts(3, 0, 0, 0)).toBe(false);
      expect(accepts(0, 0, 0, 2)).toBe(false);
      expect(accepts(-1, 0, 0, 0)).toBe(false);
      expect(accepts(1, 1)).toBe(false);
    },
  );

  it("of a depthwise convolution: the channels times the multiplier", () => {
    const layer: Layer = {
      op: "depthwise_conv2d",
      name: "l",
      inputs: ["input"],
      depthMultiplier: 2,
      kernelSize: [3, 3],
      strides: [2, 2],
      padding: "valid",
      activation: "linear",
    };
    expect(outputOf(layer)).toEqual([3, 4, 6]);
    expect(inferShapes([layer, pool("end", "l")], SIZE).weights).toEqual([
      { name: "l/kernel", shape: [3, 3, 3, 2] },
      { name: "l/bias", shape: [6] },
    ]);
  });

  it.each(["max_pool2d", "average_pool2d"] as const)("of %s: the channels stay", (op) => {
    const layer = (padding: "same" | "valid"): Layer => ({
      op,
      padding,
      name: "l",
      inputs: ["input"],
      poolSize: [2, 2],
      strides: [2, 2],
    });
    expect(outputOf(layer("same"))).toEqual([4, 5, 3]);
    expect(outputOf(layer("valid"))).toEqual([3, 5, 3]);
  });

  it("of the layers that flatten, add, concatenate and activate", () => {
    const network: Layer[] = [
      conv(),
      { op: "activation", name: "act", inputs: ["conv"], activation: "relu6" },
      { op: "add", name: "sum", inputs: ["conv", "act"] },
      { op: "concat", name: "both", inputs: ["sum", "input"] },
      pool("mean", "both"),
      { op: "flatten", name: "flat", inputs: ["act"] },
      { op: "dense", name: "out", inputs: ["flat"], units: 5, activation: "linear" },
      { op: "concat", name: "end", inputs: ["out", "mean"] },
    ];
    const { outputs, weights, dimensions } = inferShapes(network, SIZE);
    expect(Object.fromEntries(outputs)).toEqual({
      input: [7, 10, 3],
      conv: [7, 10, 4],
      act: [7, 10, 4],
      sum: [7, 10, 4],
      both: [7, 10, 7],
      mean: [7],
      flat: [280],
      out: [5],
      end: [12],
    });
    expect(weights).toEqual([
      { name: "conv/kernel", shape: [3, 2, 3, 4] },
      { name: "conv/bias", shape: [4] },
      { name: "out/kernel", shape: [280, 5] },
      { name: "out/bias", shape: [5] },
    ]);
    expect(dimensions).toBe(12);
  });

  it("of the layers that pad, scale and multiply", () => {
    const network: Layer[] = [
      { op: "zero_padding2d", name: "padded", inputs: ["input"], padding: [1, 2, 0, 5] },
      { op: "scale_shift", name: "scaled", inputs: ["padded"], activation: "linear" },
      { op: "multiply", name: "square", inputs: ["padded", "scaled"] },
      pool("mean", "square"),
      { op: "multiply", name: "gated", inputs: ["square", "mean"] },
      pool("end", "gated"),
      { op: "scale_shift", name: "vector", inputs: ["end"], activation: "linear" },
    ];
    const { outputs, weights } = inferShapes(network, SIZE);
    for (const name of ["padded", "scaled", "square", "gated"]) {
      expect(outputs.get(name), name).toEqual([10, 15, 3]);
    }
    expect(outputs.get("vector")).toEqual([3]);
    expect(weights).toEqual(
      ["scaled/kernel", "scaled/bias", "vector/kernel", "vector/bias"].map((name) => ({
        name,
        shape: [3],
      })),
    );
  });

  const dense: Layer = {
    op: "dense",
    name: "dense",
    inputs: ["input"],
    units: 3,
    activation: "linear",
  };

  it.each<{ title: string; network: Layer[]; layer: string; says: string }>([
    {
      title: "a layer that reads what is not there",
      network: [pool("end", "nowhere")],
      layer: "end",
      says: 'reads "nowhere"',
    },
    {
      title: "a layer that reads one after it",
      network: [pool("end", "conv"), conv()],
      layer: "end",
      says: 'reads "conv"',
    },
    { title: "a name twice", network: [conv(), conv()], layer: "conv", says: "the name is taken" },
    {
      title: "the input's name",
      network: [conv({ name: "input" })],
      layer: "input",
      says: "the name is taken",
    },
    {
      title: "a window larger than its image",
      network: [conv({ padding: "valid", kernelSize: [8, 2] }), pool("end", "conv")],
      layer: "conv",
      says: "a 8x2 window does not fit into 7x10x3",
    },
    { title: "dense on an image", network: [dense], layer: "dense", says: "dense reads a vector" },
    {
      title: "a convolution of a vector",
      network: [pool("mean", "input"), conv({ inputs: ["mean"] })],
      layer: "conv",
      says: "conv2d reads an image, not a vector of 3",
    },
    {
      title: "the mean of a vector",
      network: [pool("mean", "input"), pool("end", "mean")],
      layer: "end",
      says: "reads an image",
    },
    {
      title: "a sum of unlike shapes",
      network: [conv(), { op: "add", name: "sum", inputs: ["conv", "input"] }],
      layer: "sum",
      says: "cannot add shapes 7,10,4 and 7,10,3",
    },
    {
      title: "a product of an image and a vector of another length",
      network: [
        conv(),
        pool("mean", "input"),
        { op: "multiply", name: "gated", inputs: ["conv", "mean"] },
      ],
      layer: "gated",
      says: "cannot multiply shapes 7,10,4 and 3",
    },
    {
      title: "padding of a vector",
      network: [
        pool("mean", "input"),
        { op: "zero_padding2d", name: "padded", inputs: ["mean"], padding: [1, 1, 1, 1] },
      ],
      layer: "padded",
      says: "zero_padding2d reads an image",
    },
    {
      title: "a concatenation of images of unlike sizes",
      network: [
        conv({ strides: [2, 2] }),
        { op: "concat", name: "both", inputs: ["conv", "input"] },
      ],
      layer: "both",
      says: "cannot concatenate shapes 4,5,4 and 7,10,3",
    },
    {
      title: "an image at the end",
      network: [conv()],
      layer: "conv",
      says: "the last layer must give a vector",
    },
  ])("refuse $title, naming the layer", ({ network, layer, says }) => {
    const infer = () => inferShapes(network, SIZE);
    expect(infer).toThrow(NetworkError);
    expect(infer).toThrow(expect.objectContaining({ layer }));
    expect(infer).toThrow(says);
  });
});
