import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { agree, type Case } from "./agree.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

type Pad = "same" | "valid" | [[0, 0], [number, number], [number, number], [0, 0]];
const paddings: Pad[] = [
  "same",
  "valid",
  [
    [0, 0],
    [1, 0],
    [0, 1],
    [0, 0],
  ],
  // As large as some filters, so that some windows see nothing of the image.
  [
    [0, 0],
    [2, 2],
    [3, 0],
    [0, 0],
  ],
];

function conv(
  x: number[],
  filter: number[],
  stride: number | [number, number],
  pad: Pad,
  depthwise = false,
): Case {
  const op = depthwise ? tf.depthwiseConv2d : tf.conv2d;
  return [
    `${depthwise ? "depthwise" : "conv"} ${x.join("x")} by ${filter.join("x")} stride ${String(stride)} ${typeof pad === "string" ? pad : pad.join(" ")}`,
    (image, weights) => op(image as tf.Tensor4D, weights as tf.Tensor4D, stride, pad),
    [x, filter],
  ];
}

const convolutions: Case[] = [];
for (const pad of paddings) {
  for (const stride of [1, 2, 3]) {
    convolutions.push(
      conv([3, 9, 7, 3], [3, 3, 3, 5], stride, pad),
      conv([1, 8, 8, 4], [2, 3, 4, 2], stride, pad),
      conv([3, 7, 8, 2], [5, 5, 2, 3], stride, pad),
      conv([3, 9, 7, 3], [3, 3, 3, 1], stride, pad, true),
      conv([1, 8, 7, 2], [3, 2, 2, 3], stride, pad, true),
    );
  }
}
for (const stride of [1, 2, 3]) {
  convolutions.push(
    conv([3, 7, 6, 5], [1, 1, 5, 4], stride, "same"),
    conv([1, 8, 8, 3], [1, 1, 3, 2], stride, "valid"),
  );
}
for (const stride of [2, 3]) {
  convolutions.push(
    conv([2, 10, 7, 3], [1, 3, 3, 4], stride, "valid"),
    conv([2, 7, 7, 3], [3, 3, 3, 4], stride, "same"),
    conv([2, 10, 11, 3], [5, 5, 3, 1], stride, "same", true),
  );
}
convolutions.push(
  conv([2, 9, 9, 3], [3, 3, 3, 4], [1, 2], "same"),
  conv([2, 6, 6, 2], [2, 2, 2, 3], 1, paddings[3]),
  conv([2, 6, 6, 2], [2, 2, 2, 3], 2, paddings[3]),
);

describe("convolution gradients", () => {
  it.each(convolutions)("%s", async (...gradient) => agree(gradient));
});

/** Whole numbers, many of them equal, that let the gradient through. */
const rounded = tf.customGrad((x) => ({
  value: tf.round(x as tf.Tensor),
  gradFunc: (dy: tf.Tensor) => dy,
}));

function maxPool(x: number[], size: number, stride: number, pad: "same" | "valid"): Case[] {
  const name = `max pool ${x.join("x")} by ${size} stride ${stride} ${pad}`;
  const pool = (image: tf.Tensor): tf.Tensor4D =>
    tf.maxPool(image as tf.Tensor4D, size, stride, pad);
  return [
    [name, pool, [x]],
    [`${name}, all negative`, (image) => pool(tf.sub(tf.neg(tf.abs(image)), 1)), [x]],
    [`${name}, ties`, (image) => pool(rounded(image)), [x]],
  ];
}

describe("pooling gradients", () => {
  const cases = [
    ...maxPool([3, 8, 8, 3], 2, 2, "same"),
    ...maxPool([1, 9, 7, 2], 3, 2, "same"),
    ...maxPool([3, 9, 7, 2], 3, 2, "valid"),
    ...maxPool([1, 7, 7, 4], 3, 1, "same"),
    ...maxPool([1, 8, 7, 4], 2, 3, "valid"),
  ];
  it.each(cases)("%s", async (...gradient) => agree(gradient));

  it("gives the gradient of equal maxima to the first", () => {
    const x = tf.fill([1, 2, 2, 1], -1);
    const dx = tf.grad((image) => tf.sum(tf.maxPool(image as tf.Tensor4D, 2, 2, "same")))(x);
    expect(Array.from(dx.dataSync())).toEqual([1, 0, 0, 0]);
  });
});

function matMul(a: number[], b: number[], transposeA: boolean, transposeB: boolean): Case {
  return [
    `matMul ${a.join("x")}${transposeA ? "^T" : ""} ${b.join("x")}${transposeB ? "^T" : ""}`,
    (left, right) => tf.matMul(left, right, transposeA, transposeB),
    [a, b],
  ];
}

describe("matrix product gradients", () => {
  it.each([
    matMul([5, 7], [7, 3], false, false),
    matMul([7, 5], [7, 3], true, false),
    matMul([7, 3], [7, 5], true, false),
    matMul([4, 7, 5], [4, 7, 3], true, false),
    matMul([5, 7], [3, 7], false, true),
    matMul([7, 5], [3, 7], true, true),
    matMul([4, 5, 7], [4, 7, 3], false, false),
    matMul([4, 7, 5], [4, 3, 7], true, true),
    matMul([2, 3, 5, 7], [2, 3, 7, 3], false, false),
  ])("%s", async (...gradient) => agree(gradient));
});

describe("batch norm", () => {
  const epsilon = 1e-3;
  const composed = (
    x: tf.Tensor,
    mean: tf.Tensor,
    variance: tf.Tensor,
    offset: tf.Tensor,
    scale: tf.Tensor,
  ): tf.Tensor => {
    const deviation = tf.sqrt(tf.add(tf.square(variance), epsilon));
    return tf.add(tf.mul(tf.div(tf.sub(x, mean), deviation), scale), offset);
  };
  const stock: typeof composed = (x, mean, variance, offset, scale) =>
    tf.batchNorm(x, mean, tf.square(variance), offset, scale, epsilon);
  const [zeros, ones] = [() => tf.zeros([5]), () => tf.ones([5])];
  // As constants, which no gradient is asked of.
  const statistics = (): [tf.Tensor, tf.Tensor] => [
    tf.tensor1d([0.3, -1, 2, 0, 0.5]),
    tf.tensor1d([1, 0.4, 2, 1.5, 0.9]),
  ];
  const affine = (): [tf.Tensor, tf.Tensor] => [
    tf.tensor1d([0.1, 0, -0.7, 1, 2]),
    tf.tensor1d([-1, 0.4, 1, 1.5, 3]),
  ];
  const training = (norm: typeof composed): Case[1] => {
    return (x, offset, scale) => {
      const axes = x.shape.slice(0, -1).map((_, axis) => axis);
      const { mean, variance } = tf.moments(x, axes);
      return norm(x, mean, tf.sqrt(variance), offset, scale);
    };
  };
  it.each<Case>([
    ["all inputs", stock, [[3, 4, 6, 5], [5], [5], [5], [5]], composed],
    [
      "no scale, no offset",
      (x, m, v) => stock(x, m, v, zeros(), ones()),
      [[1, 4, 6, 5], [5], [5]],
      (x, m, v) => composed(x, m, v, zeros(), ones()),
    ],
    [
      "frozen",
      (x) => stock(x, ...statistics(), ...affine()),
      [[3, 4, 6, 5]],
      (x) => composed(x, ...statistics(), ...affine()),
    ],
    [
      "frozen statistics",
      (x, offset, scale) => stock(x, ...statistics(), offset, scale),
      [[3, 4, 6, 5], [5], [5]],
      (x, offset, scale) => composed(x, ...statistics(), offset, scale),
    ],
    [
      "scale and offset of another batch norm as well",
      (x, offset, scale) =>
        stock(stock(x, ...statistics(), offset, scale), ...statistics(), offset, scale),
      [[3, 4, 6, 5], [5], [5]],
      (x, offset, scale) =>
        composed(composed(x, ...statistics(), offset, scale), ...statistics(), offset, scale),
    ],
    ["in training", training(stock), [[3, 4, 6, 5], [5], [5]], training(composed)],
    ["in training, of vectors", training(stock), [[12, 5], [5], [5]], training(composed)],
  ])("%s", async (...gradient) => agree(gradient));
});

const clipped = (x: tf.Tensor) => tf.minimum(tf.maximum(x, 0), 6);

/** Clipping against what it is of other ops, whose gradients are upstream's. */
function clip(title: string, low: number, high: number): Case {
  const wide = (x: tf.Tensor) => tf.mul(x, 3);
  return [
    `${title}, ${low} to ${high}`,
    (x) => tf.clipByValue(wide(x), low, high),
    [[4, 5, 6, 3]],
    (x) => tf.minimum(tf.maximum(wide(x), low), high),
  ];
}

describe("clipping", () => {
  it.each<Case>([
    clip("from zero", 0, 6),
    clip("from below zero", -1, 2),
    clip("above zero", 1.5, 2.5),
    clip("cutting nothing off", -99, 99),
    clip("cutting all off", 50, 99),
    ["relu6", (x) => tf.relu6(tf.mul(x, 6)), [[4, 30]], (x) => clipped(tf.mul(x, 6))],
    [
      "relu6 as tfjs-layers makes it",
      (x) => tf.clipByValue(tf.relu(tf.mul(x, 6)), 0, 6),
      [[4, 30]],
      (x) => clipped(tf.mul(x, 6)),
    ],
  ])("%s", async (...gradient) => agree(gradient));

  it("passes the gradient between the bounds and nowhere else", () => {
    const slope = tf.grad((x) => tf.clipByValue(x, -1, 2));
    const x = tf.tensor1d([-1e30, -1.01, -0.99, 0, 1.99, 2.01, 1e30]);
    expect(Array.from(slope(x).dataSync())).toEqual([0, 0, 1, 1, 1, 0, 0]);
  });
});
