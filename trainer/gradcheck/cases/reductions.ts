import * as tf from "@tensorflow/tfjs-core";
import type { Case } from "../case.ts";
import { differentiable } from "../differentiable.ts";

const SHAPE = [3, 4, 5, 6];
const AXES = [undefined, 0, 1, 3, [0, 1], [1, 2], [0, 1, 2], [2, 1], [0, 2], [2, 3], -1];

const sumsAndMeans = AXES.flatMap((axis) => {
  const title = axis === undefined ? "all" : String(axis);
  return [
    differentiable(`sum over ${title}`, (x) => tf.sum(x, axis), [SHAPE]),
    differentiable(`mean over ${title}`, (x) => tf.mean(x, axis, true), [SHAPE]),
  ];
});

export const reductions: Case[] = [
  ...sumsAndMeans,
  differentiable("sum of columns", (x) => tf.sum(x, 0), [[7, 3]]),
  differentiable("sum of a single row", (x) => tf.sum(x, 0), [[1, 3]]),
  // Rows longer than the stack of the kernels of the wasm backend.
  differentiable("sum of long rows", (x) => tf.sum(x, 0), [[9, 40, 500]]),
  differentiable("mean of longer rows", (x) => tf.mean(x, [0, 1]), [[3, 3, 20_000]]),
  differentiable("sum over a middle axis of such rows", (x) => tf.sum(x, 1), [[2, 3, 20_000]]),
  differentiable("max", (x) => tf.max(x, 1), [[7, 3]]),
  differentiable("log of sum of exp", (x) => tf.logSumExp(x, 1), [[7, 3]]),
  differentiable("log of softmax", (x) => tf.logSoftmax(x), [[7, 3]]),
];
