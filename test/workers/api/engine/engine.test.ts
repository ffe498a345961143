import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import { l2Normalize, normalizePixels } from "../../../../shared/normalize.ts";
import { runNetwork } from "../../../../shared/network/run.ts";
import {
  type Activated,
  FUNCTIONS as EVERY,
  type Layer,
} from "../../../../shared/network/schema.ts";
import { inferShapes } from "../../../../shared/network/shapes.ts";
import { pddmWeights } from "../../../../shared/pddm/form.ts";
import { openSimilarity } from "../../../../shared/pddm/similarity.ts";
import { openEngine } from "../../../../workers/api/engine/backend.ts";
import {
  each,
  expectClose,
  normalizeRows,
  numbers,
  size,
  toRows,
} from "../../../oracles/numbers.ts";
import { functionOf } from "../../../oracles/network.ts";
import { naiveSimilarity, randomWeights, SHAPES } from "../../../oracles/similarity.ts";

/** Every operation of the network and of S on the edge's engine against scalar loops. */

const BATCH = 2;
const HEIGHT = 7;
const WIDTH = 6;
const CHANNELS = 3;

beforeAll(openEngine);

/** Every function of activation, with what its layer says of it. */
const FUNCTIONS: Activated[] = EVERY.map((activation) =>
  activation === "leaky_relu" ? { activation, slope: 0.3 } : { activation },
);

interface Window {
  kernel: [number, number];
  strides: [number, number];
  padding: "same" | "valid";
}

/** For each output position of a window sliding over the image: calls back for each pixel inside. */
function slide(
  { kernel, strides, padding }: Window,
  visit: (out: [number, number], tap: [number, number], pixel: [number, number]) => void,
): void {
  const outputs = [HEIGHT, WIDTH].map((length, axis) =>
    padding === "same"
      ? Math.ceil(length / strides[axis])
      : Math.ceil((length - kernel[axis] + 1) / strides[axis]),
  );
  const before = [HEIGHT, WIDTH].map((length, axis) => {
    const total = Math.max(0, (outputs[axis] - 1) * strides[axis] + kernel[axis] - length);
    return padding === "same" ? Math.floor(total / 2) : 0;
  });
  for (let oy = 0; oy < outputs[0]; oy++)
    for (let ox = 0; ox < outputs[1]; ox++)
      for (let ky = 0; ky < kernel[0]; ky++)
        for (let kx = 0; kx < kernel[1]; kx++) {
          const y = oy * strides[0] + ky - before[0];
          const x = ox * strides[1] + kx - before[1];
          if (y >= 0 && y < HEIGHT && x >= 0 && x < WIDTH) visit([oy, ox], [ky, kx], [y, x]);
        }
}

type Weights = Record<string, Float32Array>;
type Case = [
  title: string,
  layer: Layer,
  expected: (image: Float32Array, weights: Weights, out: number[]) => number[],
];

const pixelAt = (image: Float32Array, n: number, [y, x]: [number, number], channel: number) =>
  image[((n * HEIGHT + y) * WIDTH + x) * CHANNELS + channel];

/** Index into [n, out height, out width, out channels]. */
const outIndex = (n: number, out: number[], [y, x]: [number, number], channel: number) =>
  ((n * out[0] + y) * out[1] + x) * out[2] + channel;

function conv(window: Window, activation: Activated["activation"], filters: number): Case {
  const { kernel, strides, padding } = window;
  return [
    `conv2d ${padding} ${strides.join("x")} ${activation}`,
    {
      op: "conv2d",
      name: "l",
      inputs: ["input"],
      filters,
      kernelSize: kernel,
      strides,
      padding,
      activation,
    },
    (image, weights, out) => {
      const sums = each(BATCH * size(out)).map((i) => weights["l/bias"][i % filters]);
      for (const n of each(BATCH))
        for (const f of each(filters))
          slide(window, (at, [ky, kx], pixel) => {
            for (const c of each(CHANNELS)) {
              const k = ((ky * kernel[1] + kx) * CHANNELS + c) * filters + f;
              sums[outIndex(n, out, at, f)] += pixelAt(image, n, pixel, c) * weights["l/kernel"][k];
            }
          });
      return sums.map(functionOf({ activation }));
    },
  ];
}

function depthwise(window: Window, activation: Activated["activation"], multiplier: number): Case {
  const { kernel, strides, padding } = window;
  const filters = CHANNELS * multiplier;
  return [
    `depthwise_conv2d ${padding} ${strides.join("x")} ${activation} multiplier ${multiplier}`,
    {
      op: "depthwise_conv2d",
      name: "l",
      inputs: ["input"],
      depthMultiplier: multiplier,
      kernelSize: kernel,
      strides,
      padding,
      activation,
    },
    (image, weights, out) => {
      const sums = each(BATCH * size(out)).map((i) => weights["l/bias"][i % filters]);
      for (const n of each(BATCH))
        for (const f of each(filters))
          slide(window, (at, [ky, kx], pixel) => {
            const k = (ky * kernel[1] + kx) * filters + f;
            sums[outIndex(n, out, at, f)] +=
              pixelAt(image, n, pixel, Math.floor(f / multiplier)) * weights["l/kernel"][k];
          });
      return sums.map(functionOf({ activation }));
    },
  ];
}

function pool(kind: "max" | "average", window: Window): Case {
  const { kernel, strides, padding } = window;
  return [
    `${kind}_pool2d ${padding}`,
    { op: `${kind}_pool2d`, name: "l", inputs: ["input"], poolSize: kernel, strides, padding },
    (image, _, out) => {
      const seen = each(BATCH * size(out)).map((): number[] => []);
      for (const n of each(BATCH))
        for (const c of each(CHANNELS))
          slide(window, (at, _tap, pixel) => {
            seen[outIndex(n, out, at, c)].push(pixelAt(image, n, pixel, c));
          });
      return seen.map((values) =>
        kind === "max" ? Math.max(...values) : values.reduce((a, b) => a + b, 0) / values.length,
      );
    },
  ];
}

const same: Window = { kernel: [3, 2], strides: [2, 1], padding: "same" };
const valid: Window = { kernel: [2, 3], strides: [1, 2], padding: "valid" };
const square: Window = { kernel: [3, 3], strides: [2, 2], padding: "same" };

const cases: Case[] = [
  conv(same, "relu6", 5),
  conv(valid, "linear", 4),
  conv({ kernel: [1, 1], strides: [1, 1], padding: "same" }, "relu", 8),
  conv(valid, "swish", 4),
  depthwise(square, "relu6", 1),
  depthwise(square, "linear", 2),
  depthwise({ kernel: [3, 3], strides: [1, 1], padding: "valid" }, "relu", 1),
  depthwise({ kernel: [5, 5], strides: [2, 2], padding: "same" }, "hard_swish", 1),
  depthwise({ kernel: [1, 4], strides: [1, 1], padding: "same" }, "linear", 1),
  pool("max", { kernel: [3, 3], strides: [2, 2], padding: "same" }),
  pool("max", { kernel: [2, 2], strides: [2, 2], padding: "valid" }),
  pool("average", { kernel: [3, 3], strides: [2, 2], padding: "same" }),
  pool("average", { kernel: [2, 2], strides: [1, 1], padding: "valid" }),
  [
    "global_average_pool2d",
    { op: "global_average_pool2d", name: "l", inputs: ["input"] },
    (image) =>
      each(BATCH * CHANNELS).map((i) => {
        const [n, c] = [Math.floor(i / CHANNELS), i % CHANNELS];
        const positions = each(HEIGHT * WIDTH).map(
          (p) => image[(n * HEIGHT * WIDTH + p) * CHANNELS + c],
        );
        return positions.reduce((a, b) => a + b, 0) / positions.length;
      }),
  ],
  ["flatten", { op: "flatten", name: "l", inputs: ["input"] }, (image) => Array.from(image)],
  ...FUNCTIONS.map((activated): Case => [
    `activation ${activated.activation}`,
    { op: "activation", name: "l", inputs: ["input"], ...activated },
    (image) => Array.from(image, functionOf(activated)),
  ]),
  [
    "add",
    { op: "add", name: "l", inputs: ["input", "input", "input"] },
    (image) => Array.from(image, (value) => 3 * value),
  ],
  [
    "zero_padding2d",
    { op: "zero_padding2d", name: "l", inputs: ["input"], padding: [1, 2, 0, 3] },
    (image, _, out) =>
      each(BATCH * size(out)).map((i) => {
        const c = i % CHANNELS;
        const at = Math.floor(i / CHANNELS);
        const x = at % out[1];
        const y = (Math.floor(at / out[1]) % out[0]) - 1;
        const n = Math.floor(i / size(out));
        return y >= 0 && y < HEIGHT && x < WIDTH ? pixelAt(image, n, [y, x], c) : 0;
      }),
  ],
  ...FUNCTIONS.map((activated): Case => [
    `scale_shift ${activated.activation}`,
    { op: "scale_shift", name: "l", inputs: ["input"], ...activated },
    (image, weights) =>
      Array.from(image, (value, i) => {
        const [scale, shift] = ["l/kernel", "l/bias"].map((name) => weights[name][i % CHANNELS]);
        return functionOf(activated)(value * scale + shift);
      }),
  ]),
  [
    "multiply",
    { op: "multiply", name: "l", inputs: ["input", "input"] },
    (image) => Array.from(image, (value) => value * value),
  ],
  [
    "concat",
    { op: "concat", name: "l", inputs: ["input", "input"] },
    (image) =>
      each(image.length / CHANNELS).flatMap((p) => {
        const pixel = Array.from(image.subarray(p * CHANNELS, (p + 1) * CHANNELS));
        return [...pixel, ...pixel];
      }),
  ],
];

describe("network", () => {
  const image = numbers(BATCH * HEIGHT * WIDTH * CHANNELS, 1).map((value) => value * 8);
  const input = () => tf.tensor4d(image, [BATCH, HEIGHT, WIDTH, CHANNELS]);

  it.each(cases)("%s", (_, layer, expected) => {
    // The schema wants a vector at the end; the layer under test may give an image.
    const network: Layer[] = [layer, { op: "flatten", name: "end", inputs: ["l"] }];
    const shapes = inferShapes(
      layer.op === "flatten" || layer.op === "global_average_pool2d" ? [layer] : network,
      { width: WIDTH, height: HEIGHT },
    );
    const values: Weights = Object.fromEntries(
      shapes.weights.map(({ name, shape }, i) => [name, numbers(size(shape), i + 2)]),
    );
    const weights = new Map(
      shapes.weights.map(({ name, shape }) => [name, tf.tensor(values[name], shape)]),
    );
    const actual = runNetwork([layer], weights, input()).dataSync();
    expectClose(actual, expected(image, values, shapes.outputs.get("l") ?? []));
  });

  it.each(FUNCTIONS)("dense $activation", (activated) => {
    const units = 4;
    const inputs = HEIGHT * WIDTH * CHANNELS;
    const kernel = numbers(inputs * units, 2);
    const bias = numbers(units, 3);
    const weights = new Map<string, tf.Tensor>([
      ["d/kernel", tf.tensor2d(kernel, [inputs, units])],
      ["d/bias", tf.tensor1d(bias)],
    ]);
    const actual = runNetwork(
      [
        { op: "flatten", name: "f", inputs: ["input"] },
        { op: "dense", name: "d", inputs: ["f"], units, ...activated },
      ],
      weights,
      tf.div<tf.Tensor4D>(input(), 16),
    ).dataSync();
    const expected = each(BATCH * units).map((i) => {
      const [n, unit] = [Math.floor(i / units), i % units];
      const sum = each(inputs).reduce(
        (total, j) => total + (image[n * inputs + j] / 16) * kernel[j * units + unit],
        bias[unit],
      );
      return functionOf(activated)(sum);
    });
    expectClose(actual, expected);
  });

  it("multiplies the channels of an image by a vector, and scales and shifts it", () => {
    const kernel = numbers(CHANNELS, 2);
    const bias = numbers(CHANNELS, 3);
    const weights = new Map<string, tf.Tensor>([
      ["gate/kernel", tf.tensor1d(kernel)],
      ["gate/bias", tf.tensor1d(bias)],
    ]);
    const network: Layer[] = [
      { op: "global_average_pool2d", name: "mean", inputs: ["input"] },
      { op: "scale_shift", name: "gate", inputs: ["mean"], activation: "sigmoid" },
      { op: "multiply", name: "l", inputs: ["input", "gate"] },
    ];
    const pixels = HEIGHT * WIDTH;
    const expected = Array.from(image, (value, i) => {
      const [n, c] = [Math.floor(i / (pixels * CHANNELS)), i % CHANNELS];
      const mean = each(pixels).reduce(
        (sum, p) => sum + image[(n * pixels + p) * CHANNELS + c] / pixels,
        0,
      );
      return value * functionOf({ activation: "sigmoid" })(mean * kernel[c] + bias[c]);
    });
    expectClose(runNetwork(network, weights, input()).dataSync(), expected);
  });

  it("normalises pixels and features", () => {
    const pixels = tf.tensor4d([0, 128, 255], [1, 1, 1, 3]);
    const normalized = normalizePixels(pixels, { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] });
    expectClose(normalized.dataSync(), [(0 - 0.5) / 0.2, (128 / 255 - 0.4) / 0.3, (1 - 0.3) / 0.4]);
    expectClose(l2Normalize(tf.tensor2d([[3, 0, -4]])).dataSync(), [0.6, 0, -0.8]);
  });
});

describe.each(SHAPES)("S of the $form form", (shape) => {
  const d = 5;
  const weights = randomWeights(shape, d, 5);
  const rows = normalizeRows(toRows(numbers(4 * d, 50), d));
  const expected = naiveSimilarity(shape, weights, rows);

  it("is that of the equations", () => {
    const tensors = pddmWeights(shape, d).map(
      ({ name, shape: s }) => [name, tf.tensor(Array.from(weights[name]), s)] as const,
    );
    const similarity = openSimilarity(shape, new Map(tensors));
    const described = similarity.describe(tf.tensor2d(rows));
    const [a, b] = [
      [0, 0, 3, 2],
      [1, 0, 2, 3],
    ];
    const scores = similarity.pairs(described, tf.tensor1d(a, "int32"), tf.tensor1d(b, "int32"));
    expectClose(
      scores.dataSync(),
      a.map((i, pair) => expected[i][b[pair]]),
    );
  });
});
