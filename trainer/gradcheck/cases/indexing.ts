import * as tf from "@tensorflow/tfjs-core";
import { cellsAt } from "../../methods/mining/cells.ts";
import type { Case } from "../case.ts";
import { differentiable } from "../differentiable.ts";

const indices = () => tf.tensor1d([4, 0, 4, 2], "int32");
const corner: [number, number][] = [
  [1, 0],
  [0, 2],
];
/** Gathers cells, one of them twice, as losses do. */
const cells = (x: tf.Tensor) =>
  cellsAt(x as tf.Tensor2D, indices(), tf.tensor1d([1, 3, 1, 0], "int32"));

export const indexing: Case[] = [
  differentiable("gather rows, some twice", (x) => tf.gather(x, indices()), [[5, 3]]),
  differentiable("gather images", (x) => tf.gather(x, indices()), [[5, 2, 2, 3]]),
  differentiable("gather columns", (x) => tf.gather(x, indices(), 1), [[3, 5]]),
  differentiable("gather cells", cells, [[5, 5]]),
  differentiable("transpose", (x) => tf.transpose(x, [2, 0, 1]), [[3, 5, 2]]),
  differentiable("reshape", (x) => tf.reshape(x, [5, -1]), [[3, 5, 2]]),
  differentiable("tile", (x) => tf.tile(x, [2]), [[5]]),
  differentiable("stack", (a, b) => tf.stack([a, b], 1), [[5], [5]]),
  differentiable("pad", (x) => tf.pad(x, corner), [[3, 5]]),
  differentiable("concat and slice", (a, b) => tf.slice(tf.concat([a, b], 1), [1, 2], [2, 4]), [
    [3, 4],
    [3, 3],
  ]),
  differentiable("rows of a slice", (x) => tf.slice(x, [1, 0, 0], [2, 4, 3]), [[5, 4, 3]]),
  differentiable("split", (x) => tf.split(x, 2)[1]!, [[6, 3]]),
];
