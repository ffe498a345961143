import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";

/** A deterministic tensor of values around zero. */
function noise(shape: number[], seed = 1): tf.Tensor {
  return tf.randomNormal(shape, 0, 1, "float32", seed);
}

type Case = [name: string, f: (...inputs: tf.Tensor[]) => tf.Tensor, shapes: number[][]];

/** The value and all gradients of sum(f(inputs) * noise) on one backend. */
async function run(backend: string, [, f, shapes]: Case): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const results = tf.tidy(() => {
    const inputs = shapes.map((shape, i) => noise(shape, 7 + i));
    const weighted = (...xs: tf.Tensor[]): tf.Scalar => {
      const y = f(...xs);
      return tf.sum(tf.mul(y, noise(y.shape, 3)));
    };
    const { value, grads } = tf.valueAndGrads(weighted)(inputs);
    return [value, ...grads].map((tensor) => Float32Array.from(tensor.dataSync()));
  });
  await tf.setBackend("wasm");
  return results;
}

async function agree(gradient: Case): Promise<void> {
  const actual = await run("wasm", gradient);
  const expected = await run("cpu", gradient);
  expect(actual.length).toBe(expected.length);
  expected.forEach((values, i) => {
    const scale = Math.max(...values.map(Math.abs), 1e-3);
    const error = Math.max(...values.map((v, j) => Math.abs(v - (actual[i]?.[j] ?? NaN))));
    expect(error / scale, `output ${i}`).toBeLessThan(1e-4);
  });
}

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
    `${depthwise ? "depthwise" : "conv"} ${x.join("x")} by ${filter.join("x")} stride ${String(stride)} ${typeof pad === "string" ? pad : "explicit"}`,
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
convolutions.push(conv([2, 9, 9, 3], [3, 3, 3, 4], [1, 2], "same"));

describe("convolution gradients", () => {
  it.each(convolutions)("%s", async (...gradient) => agree(gradient));
});

function maxPool(x: number[], size: number, stride: number, pad: "same" | "valid"): Case[] {
  const name = `max pool ${x.join("x")} by ${size} stride ${stride} ${pad}`;
  const pool = (image: tf.Tensor): tf.Tensor4D =>
    tf.maxPool(image as tf.Tensor4D, size, stride, pad);
  return [
    [name, pool, [x]],
    [`${name}, all negative`, (image) => pool(tf.sub(tf.neg(tf.abs(image)), 1)), [x]],
    [`${name}, ties`, (image) => pool(tf.round(image)), [x]],
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
    matMul([5, 7], [3, 7], false, true),
    matMul([7, 5], [3, 7], true, true),
    matMul([4, 5, 7], [4, 7, 3], false, false),
    matMul([4, 7, 5], [4, 3, 7], true, true),
    matMul([2, 3, 5, 7], [2, 3, 7, 3], false, false),
  ])("%s", async (...gradient) => agree(gradient));
});
