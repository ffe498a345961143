import * as tf from "@tensorflow/tfjs-core";
import type { Case } from "../case.ts";
import { differentiable } from "../differentiable.ts";

function matMul(a: number[], b: number[], transposeA: boolean, transposeB: boolean): Case {
  const name = `matMul ${a.join("x")}${transposeA ? "^T" : ""} ${b.join("x")}${transposeB ? "^T" : ""}`;
  return differentiable(name, (x, y) => tf.matMul(x, y, transposeA, transposeB), [a, b]);
}

export const products: Case[] = [
  matMul([5, 7], [7, 3], false, false),
  matMul([7, 5], [7, 3], true, false),
  matMul([7, 3], [7, 5], true, false),
  matMul([4, 7, 5], [4, 7, 3], true, false),
  matMul([5, 7], [3, 7], false, true),
  matMul([7, 5], [3, 7], true, true),
  matMul([4, 5, 7], [4, 7, 3], false, false),
  matMul([4, 7, 5], [4, 3, 7], true, true),
  matMul([2, 3, 5, 7], [2, 3, 7, 3], false, false),
  // Long rows, for which a GPU may use other programs, depending on the size of the product.
  matMul([12, 2048], [16, 2048], false, true),
  matMul([4, 2048], [8, 2048], false, true),
  matMul([2048, 12], [2048, 16], true, false),
  differentiable("one right-hand side", (a) => tf.matMul(a, tf.ones([1, 7, 3])), [[4, 5, 7]]),
  differentiable("one left-hand side", (b) => tf.matMul(tf.ones([1, 5, 7]), b), [[4, 7, 3]]),
];
