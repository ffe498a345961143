import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { agree, type Case } from "./agree.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("reductions", () => {
  const shape = [3, 4, 5, 6];
  const axes = [undefined, 0, 1, 3, [0, 1], [1, 2], [0, 1, 2], [2, 1], [0, 2], [2, 3], -1];
  const cases = axes.flatMap((axis): Case[] => [
    [`sum over ${String(axis)}`, (x) => tf.sum(x, axis), [shape]],
    [`mean over ${String(axis)}`, (x) => tf.mean(x, axis, true), [shape]],
  ]);
  it.each<Case>([
    ...cases,
    ["sum of columns", (x) => tf.sum(x, 0), [[7, 3]]],
    ["sum of a single row", (x) => tf.sum(x, 0), [[1, 3]]],
    ["sum of rows longer than the stack", (x) => tf.sum(x, 0), [[9, 40, 500]]],
    ["mean of rows longer than the stack", (x) => tf.mean(x, [0, 1]), [[3, 3, 20_000]]],
    ["sum over a middle axis of such rows", (x) => tf.sum(x, 1), [[2, 3, 20_000]]],
    ["max", (x) => tf.max(x, 1), [[7, 3]]],
    ["log of sum of exp", (x) => tf.logSumExp(x, 1), [[7, 3]]],
  ])("%s", async (...gradient) => agree(gradient));
});

const indices = (): tf.Tensor1D => tf.tensor1d([4, 0, 4, 2], "int32");
const distances = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  tf.abs(tf.sub(tf.expandDims(a, 1), tf.expandDims(b, 0)));

describe("other ops of the trainer", () => {
  it.each<Case>([
    ["gather rows, some twice", (x) => tf.gather(x, indices()), [[5, 3]]],
    ["gather images", (x) => tf.gather(x, indices()), [[5, 2, 2, 3]]],
    ["gather columns", (x) => tf.gather(x, indices(), 1), [[3, 5]]],
    ["relu", tf.relu, [[3, 5]]],
    ["relu6", (x) => tf.relu6(tf.mul(x, 6)), [[3, 15]]],
    ["average pool", (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, "same"), [[3, 5, 6, 2]]],
    [
      "maximum",
      tf.maximum,
      [
        [3, 5],
        [3, 5],
      ],
    ],
    ["hinge", (x) => tf.maximum(tf.add(x, 0.5), 0), [[3, 5]]],
    [
      "where",
      (a, b) => tf.where(tf.greaterEqual(a, 0.1), a, b),
      [
        [3, 5],
        [3, 5],
      ],
    ],
    ["sqrt", (x) => tf.sqrt(tf.add(tf.abs(x), 0.5)), [[3, 5]]],
    ["softplus", tf.softplus, [[3, 5]]],
    ["transpose", (x) => tf.transpose(x, [2, 0, 1]), [[3, 5, 2]]],
    [
      "pad",
      (x) =>
        tf.pad(x, [
          [1, 0],
          [0, 2],
        ]),
      [[3, 5]],
    ],
    [
      "concat and slice",
      (a, b) => tf.slice(tf.concat([a, b], 1), [1, 2], [2, 4]),
      [
        [3, 4],
        [3, 3],
      ],
    ],
    ["rows of a slice", (x) => tf.slice(x, [1, 0, 0], [2, 4, 3]), [[5, 4, 3]]],
    ["split", (x) => tf.split(x, 2)[1], [[6, 3]]],
    [
      "absolute differences of all pairs",
      distances,
      [
        [4, 6],
        [5, 6],
      ],
    ],
    ["L2 normalisation", (x) => tf.div(x, tf.norm(x, 2, 1, true)), [[4, 6]]],
    ["one right-hand side", (a) => tf.matMul(a, tf.ones([1, 7, 3])), [[4, 5, 7]]],
    ["one left-hand side", (b) => tf.matMul(tf.ones([1, 5, 7]), b), [[4, 7, 3]]],
  ])("%s", async (...gradient) => agree(gradient));
});
