import * as tf from "@tensorflow/tfjs-core";
import { l2Normalize } from "../../../shared/normalize.ts";
import { pairwiseDistances } from "../../methods/distance.ts";
import type { Case } from "../case.ts";
import { differentiable } from "../differentiable.ts";

const MATRIX = [3, 5];

/** Keeps values away from zero, where a quotient explodes. */
const apart = (x: tf.Tensor) => tf.add(tf.abs(x), 0.5);

/** Zeros before and behind each axis. */
const ZEROS: [number, number][] = [
  [0, 0],
  [1, 2],
  [0, 3],
  [0, 0],
];

/** Shapes of the second operand, which is broadcast over the first. */
const SPREAD = { "the same shape": MATRIX, "a row": [5], "a column": [3, 1], "a number": [] };

const binary = Object.entries(SPREAD).flatMap(([title, shape]) => [
  differentiable(`add ${title}`, tf.add, [MATRIX, shape]),
  differentiable(`subtract ${title}`, tf.sub, [MATRIX, shape]),
  differentiable(`multiply by ${title}`, tf.mul, [MATRIX, shape]),
  differentiable(`divide by ${title}`, (a, b) => tf.div(a, apart(b)), [MATRIX, shape]),
]);

const absoluteDifferences = (a: tf.Tensor, b: tf.Tensor) =>
  tf.abs(tf.sub(tf.expandDims(a, 1), tf.expandDims(b, 0)));

/** Distances without those of an item to itself: no loss reads them, and the root of nearly 0 is mostly rounding. */
const distances = (x: tf.Tensor) => {
  const all = pairwiseDistances(l2Normalize(x as tf.Tensor2D));
  return tf.mul(all, tf.sub(1, tf.eye(x.shape[0])));
};

export const elementwise: Case[] = [
  ...binary,
  differentiable("relu", tf.relu, [MATRIX]),
  differentiable("multiply images by a number for each channel", tf.mul, [
    [2, 4, 5, 3],
    [2, 1, 1, 3],
  ]),
  differentiable("zeros around images", (x) => tf.pad(x, ZEROS), [[2, 4, 5, 3]]),
  differentiable("sigmoid", tf.sigmoid, [MATRIX]),
  differentiable("swish", (x) => tf.mul(x, tf.sigmoid(x)), [MATRIX]),
  differentiable("elu", tf.elu, [MATRIX]),
  differentiable("leaky relu", (x) => tf.leakyRelu(x, 0.3), [MATRIX]),
  differentiable("softplus", tf.softplus, [MATRIX]),
  differentiable("exp", tf.exp, [MATRIX]),
  differentiable("square", tf.square, [MATRIX]),
  differentiable("sqrt", (x) => tf.sqrt(apart(x)), [MATRIX]),
  differentiable("sign", (x) => tf.mul(x, tf.sign(x)), [MATRIX]),
  differentiable("maximum", tf.maximum, [MATRIX, MATRIX]),
  differentiable("hinge", (x) => tf.maximum(tf.add(x, 0.5), 0), [MATRIX]),
  differentiable("where", (a, b) => tf.where(tf.greaterEqual(a, 0.1), a, b), [MATRIX, MATRIX]),
  differentiable("sum of three", (a, b, c) => tf.addN([a, b, c]), [MATRIX, MATRIX, MATRIX]),
  differentiable("absolute differences of all pairs", absoluteDifferences, [
    [4, 6],
    [5, 6],
  ]),
  differentiable("rows of length 1", (x) => l2Normalize(x as tf.Tensor2D), [[4, 6]]),
  differentiable("distances of all pairs", distances, [[5, 6]]),
];
