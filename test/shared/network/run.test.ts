import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { runNetwork } from "../../../shared/network/run.ts";
import type { Network, Padding } from "../../../shared/network/schema.ts";
import { inferShapes } from "../../../shared/network/shapes.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { naiveNetwork } from "../../oracles/network.ts";
import { expectClose, numbers, size } from "../../oracles/numbers.ts";

const HEIGHT = 9;
const WIDTH = 8;
const BATCH = 3;

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** Every operation once; two layers read the same output, one reads an output much later. */
const network: Network = [
  {
    op: "conv2d",
    name: "stem",
    inputs: ["input"],
    filters: 6,
    kernelSize: [3, 3],
    strides: [2, 1],
    padding: "same",
    activation: "relu6",
  },
  {
    op: "depthwise_conv2d",
    name: "depthwise",
    inputs: ["stem"],
    depthMultiplier: 2,
    kernelSize: [3, 3],
    strides: [1, 1],
    padding: "same",
    activation: "linear",
  },
  {
    op: "conv2d",
    name: "project",
    inputs: ["depthwise"],
    filters: 6,
    kernelSize: [1, 1],
    strides: [1, 1],
    padding: "valid",
    activation: "linear",
  },
  { op: "add", name: "residual", inputs: ["project", "stem"] },
  { op: "activation", name: "relu", inputs: ["residual"], activation: "relu" },
  {
    op: "max_pool2d",
    name: "max",
    inputs: ["relu"],
    poolSize: [3, 2],
    strides: [2, 2],
    padding: "same",
  },
  {
    op: "average_pool2d",
    name: "average",
    inputs: ["relu"],
    poolSize: [3, 2],
    strides: [2, 2],
    padding: "same",
  },
  { op: "concat", name: "both", inputs: ["max", "average"] },
  { op: "global_average_pool2d", name: "mean", inputs: ["both"] },
  { op: "flatten", name: "flat", inputs: ["max"] },
  { op: "concat", name: "wide", inputs: ["flat", "mean"] },
  { op: "dense", name: "features", inputs: ["wide"], units: 5, activation: "linear" },
];

const specs = inferShapes(network, { width: WIDTH, height: HEIGHT }).weights;
const values = Object.fromEntries(
  specs.map(({ name, shape }, i) => [name, numbers(size(shape), i + 1)]),
);
const loaded = () =>
  new Map(specs.map(({ name, shape }) => [name, tf.tensor(values[name], shape)]));
const pixels = numbers(BATCH * HEIGHT * WIDTH * 3, 40).map((value) => 3 * value);
const images = () => tf.tensor4d(pixels, [BATCH, HEIGHT, WIDTH, 3]);

describe("running a network", () => {
  it("agrees with scalar loops, image by image", () => {
    const features = runNetwork(network, loaded(), images());
    expect(features.shape).toEqual([BATCH, 5]);
    const stride = HEIGHT * WIDTH * 3;
    const expected = [0, 1, 2].flatMap((i) =>
      naiveNetwork(network, values, pixels.subarray(i * stride, (i + 1) * stride), [
        HEIGHT,
        WIDTH,
        3,
      ]),
    );
    expectClose(features.dataSync(), expected);
  });

  const paddings: Padding[] = ["same", "valid", [1, 1, 1, 1], [0, 2, 1, 0], [2, 0, 0, 1]];
  it.each(paddings.flatMap((padding) => [1, 2].map((stride) => ({ padding, stride }))))(
    "pads convolutions as said: $padding, stride $stride",
    ({ padding, stride }) => {
      const kernel = { kernelSize: [3, 3] as [number, number], padding };
      const strides: [number, number] = [stride, stride];
      const padded: Network = [
        {
          op: "conv2d",
          name: "conv",
          inputs: ["input"],
          filters: 4,
          activation: "relu",
          strides,
          ...kernel,
        },
        {
          op: "depthwise_conv2d",
          name: "depthwise",
          inputs: ["conv"],
          depthMultiplier: 1,
          activation: "linear",
          strides,
          ...kernel,
        },
        { op: "flatten", name: "flat", inputs: ["depthwise"] },
      ];
      const specs = inferShapes(padded, { width: WIDTH, height: HEIGHT }).weights;
      const values = Object.fromEntries(
        specs.map(({ name, shape }, i) => [name, numbers(size(shape), i + 60)]),
      );
      const weights = new Map(
        specs.map(({ name, shape }) => [name, tf.tensor(values[name], shape)]),
      );
      const image = pixels.subarray(0, HEIGHT * WIDTH * 3);
      const shape: [number, number, number] = [HEIGHT, WIDTH, 3];
      const actual = runNetwork(padded, weights, tf.tensor4d(image, [1, ...shape]));
      expectClose(actual.dataSync(), naiveNetwork(padded, values, image, shape));
    },
  );

  it("keeps its result, and disposes of neither input nor weights", () => {
    const [weights, input] = [loaded(), images()];
    const { numTensors } = tf.memory();
    const features = runNetwork(network, weights, input);
    expect(tf.memory().numTensors).toBe(numTensors + 1);
    features.dispose();
    expect(input.isDisposed).toBe(false);
    expect([...weights.values()].some((weight) => weight.isDisposed)).toBe(false);
  });

  it("names a weight that is not loaded, and leaks nothing then", () => {
    const [weights, input] = [loaded(), images()];
    weights.delete("project/bias");
    const { numTensors } = tf.memory();
    expect(() => runNetwork(network, weights, input)).toThrow('"project/bias" is not loaded');
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("names a layer that did not run", () => {
    const broken: Network = [{ op: "flatten", name: "end", inputs: ["nowhere"] }];
    expect(() => runNetwork(broken, new Map(), images())).toThrow('layer "end" reads "nowhere"');
  });
});
