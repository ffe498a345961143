import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Network } from "../../../shared/network/schema.ts";
import { inferShapes } from "../../../shared/network/shapes.ts";
import type { Package } from "../../../shared/package/codec.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { calibrateInt8 } from "../../../trainer/export/calibrateInt8.ts";
import { content } from "../../oracles/package.ts";
import { naiveNetwork } from "../../oracles/network.ts";
import { each, numbers, size } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const network: Network = [
  {
    op: "conv2d",
    name: "first",
    inputs: ["input"],
    filters: 6,
    kernelSize: [3, 3],
    strides: [1, 1],
    padding: "same",
    activation: "relu6",
  },
  {
    op: "depthwise_conv2d",
    name: "second",
    inputs: ["first"],
    depthMultiplier: 1,
    kernelSize: [3, 3],
    strides: [2, 2],
    padding: "same",
    activation: "linear",
  },
  { op: "global_average_pool2d", name: "squeezed", inputs: ["first"] },
  { op: "dense", name: "gate", inputs: ["squeezed"], units: 6, activation: "hard_swish" },
  { op: "multiply", name: "gated", inputs: ["second", "gate"] },
  { op: "global_average_pool2d", name: "mean", inputs: ["gated"] },
];

const { input } = content;
const IMAGES = 5;
const image = size([input.height, input.width, 3]);
const pixels = Uint8Array.from(numbers(IMAGES * image, 1), (x) => 127.5 * (x + 1));

function weights(): Package["tensors"] {
  const { weights: specs } = inferShapes(network, input);
  return new Map(
    specs.map((spec, i) => [spec.name, { ...spec, values: numbers(size(spec.shape), i + 2) }]),
  );
}

describe("calibration for int8", () => {
  it.each(["second", "gated"])("finds the range of every channel of %s", (layer) => {
    const tensors = weights();
    const { stated } = calibrateInt8(network, tensors, input, pixels);
    const floats = Object.fromEntries(Array.from(tensors, ([name, { values }]) => [name, values]));
    const seen: number[][] = each(6).map(() => []);
    for (const n of each(IMAGES)) {
      const one = Array.from(pixels.subarray(n * image, (n + 1) * image), (byte, i) => {
        return (byte / 255 - input.mean[i % 3]) / input.std[i % 3];
      });
      const shape = [input.height, input.width, 3];
      naiveNetwork(network, floats, one, shape, (name, values) => {
        if (name === layer) values.forEach((value, i) => seen[i % 6].push(value));
        return values;
      });
    }
    const widths = seen.map((values) => Math.max(0, ...values) - Math.min(0, ...values));
    const { scale = [], zero = [] } = stated.get(layer) ?? {};
    for (const c of each(6)) {
      const width = Math.max(widths[c], 0.2 * Math.max(...widths));
      expect(scale[c] / (width / 127)).toBeCloseTo(1, 4);
      expect(zero[c]).toBe(Math.round(-Math.min(0, ...seen[c]) / scale[c]));
    }
    const { zero: none = [] } = stated.get("first") ?? {};
    expect([...none]).toEqual(each(6).map(() => 0));
  });

  it("moves biases so that means stay where they were", () => {
    const tensors = weights();
    // Eight bits for weights of very different size: the small ones are rounded away.
    const kernel = tensors.get("second/kernel");
    kernel?.values.set(kernel.values.map((value, i) => (i < 6 ? 100 : 0.3 + 0.05 * value)));
    const { tensors: corrected } = calibrateInt8(network, tensors, input, pixels);
    const [before, after] = [tensors, corrected].map((all) => all.get("second/bias")?.values);
    const moved = each(6).map((c) => (after?.[c] ?? 0) - (before?.[c] ?? 0));
    expect(Math.max(...moved.map(Math.abs))).toBeGreaterThan(0.01);
    expect(corrected.get("second/kernel")).toBe(kernel);
  });

  it("leaves no tensor behind", () => {
    const before = tf.memory().numTensors;
    calibrateInt8(network, weights(), input, pixels);
    expect(tf.memory().numTensors).toBe(before);
  });
});
