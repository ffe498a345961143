/** Checks of a loss on the matrix of all pairs of a batch. */
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { differences, expectClose, toRows } from "../../../oracles/numbers.ts";

type Loss = (pairs: tf.Tensor2D) => tf.Scalar;

/** Batches with positive and negative pairs. */
export const batches: { title: string; labels: number[] }[] = [
  { title: "equal classes", labels: [0, 0, 1, 1] },
  { title: "classes out of order and of unequal size", labels: [7, 2, 7, 2, 2, 5] },
  { title: "one positive pair among singletons", labels: [3, 1, 2, 3, 4] },
  { title: "a single negative for most", labels: [0, 0, 0, 0, 1] },
  { title: "more than a row of SIMD lanes", labels: [0, 1, 2, 3, 0, 1, 2, 3, 3, 4, 0] },
];

/** Batches without a triplet. */
export const batchesWithoutTriplet: { title: string; labels: number[] }[] = [
  { title: "one class, so no negative", labels: [4, 4, 4] },
  { title: "no two of a class, so no positive", labels: [0, 1, 2] },
  { title: "one item", labels: [0] },
];

/** Fails unless the loss equals the oracle's, the gradient equals finite differences, and nothing leaks. */
export function expectLoss(
  values: Float32Array,
  loss: Loss,
  oracle: (rows: number[][]) => number,
): void {
  const n = Math.sqrt(values.length);
  const { numTensors } = tf.memory();
  const { value, gradient } = run(values, loss);
  expect(tf.memory().numTensors).toBe(numTensors);
  expectClose([value], [oracle(toRows(values, n))]);
  const slopes = differences((moved) => oracle(toRows(moved, n)), values);
  expect(slopes.some((slope) => slope !== 0)).toBe(true);
  expectClose(gradient, slopes);
}

/** Fails unless the loss and its gradient are exactly zero, and nothing leaks. */
export function expectZero(values: Float32Array, loss: Loss): void {
  const { numTensors } = tf.memory();
  const { value, gradient } = run(values, loss);
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(value).toBe(0);
  expect(gradient.filter((slope) => slope !== 0)).toEqual([]);
}

/** Computes a loss and its gradient. The loss runs outside of `tf.grad`, whose tidy would hide leaks. */
export function run(values: Float32Array, loss: Loss): { value: number; gradient: number[] } {
  const n = Math.sqrt(values.length);
  const pairs = tf.tensor2d(values, [n, n]);
  const value = loss(pairs);
  const gradient = tf.grad((x) => loss(x as tf.Tensor2D))(pairs);
  expect(value.shape).toEqual([]);
  const result = { value: value.dataSync()[0], gradient: Array.from(gradient.dataSync()) };
  tf.dispose([pairs, value, gradient]);
  return result;
}
