import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";

// That gradients agree with other backends': test/trainer/gradcheck.

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

it("gives the gradient of equal maxima to the first", () => {
  const x = tf.fill([1, 2, 2, 1], -1);
  const dx = tf.grad((image) => tf.sum(tf.maxPool(image as tf.Tensor4D, 2, 2, "same")))(x);
  expect(Array.from(dx.dataSync())).toEqual([1, 0, 0, 0]);
});

it("parts the gradient of a mean among what of its window lies within the image", () => {
  const x = tf.ones<tf.Rank.R4>([1, 3, 3, 1]);
  const dx = tf.grad((image) => tf.sum(tf.avgPool(image as tf.Tensor4D, 2, 2, "same")))(x);
  expect(Array.from(dx.dataSync())).toEqual([0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.5, 0.5, 1]);
});

it("passes the gradient of clipping between the bounds and nowhere else", () => {
  const slope = tf.grad((x) => tf.clipByValue(x, -1, 2));
  const x = tf.tensor1d([-1e30, -1.01, -0.99, 0, 1.99, 2.01, 1e30]);
  expect(Array.from(slope(x).dataSync())).toEqual([0, 0, 1, 1, 1, 0, 0]);
});
