import * as tf from "@tensorflow/tfjs-core";
import { hardSigmoid } from "../../../shared/network/activate.ts";
import { hardSwish } from "../../networks/layers/hardSwish.ts";
import type { Case } from "../case.ts";
import { differentiable } from "../differentiable.ts";

/** Clipping composed of other ops, with the gradients of tfjs. */
const composed = (x: tf.Tensor, low: number, high: number) => tf.minimum(tf.maximum(x, low), high);

function clip(title: string, low: number, high: number): Case {
  const wide = (x: tf.Tensor) => tf.mul(x, 3);
  return differentiable(
    `${title}, ${low} to ${high}`,
    (x) => tf.clipByValue(wide(x), low, high),
    [[4, 5, 6, 3]],
    (x) => composed(wide(x), low, high),
  );
}

/** A case on values of which about a third each are below, between and above the bounds. */
function relu6(name: string, op: (x: tf.Tensor) => tf.Tensor, shape: number[]): Case {
  const wide = (x: tf.Tensor) => tf.mul(tf.add(x, 0.5), 6);
  return differentiable(
    name,
    (x) => op(wide(x)),
    [shape],
    (x) => composed(wide(x), 0, 6),
  );
}

/** A case on values of which about a third each are below, between and above -3 and 3. */
const hard = (name: string, op: (x: tf.Tensor) => tf.Tensor, reference: typeof op): Case => {
  const wide = (x: tf.Tensor) => tf.mul(x, 4);
  return differentiable(
    name,
    (x) => op(wide(x)),
    [[3, 4, 5, 7]],
    (x) => reference(wide(x)),
  );
};
const hardSigmoidComposed = (x: tf.Tensor) => composed(tf.add(tf.div(x, 6), 0.5), 0, 1);

const preluComposed = (x: tf.Tensor, slopes: tf.Tensor) =>
  tf.add(tf.maximum(x, 0), tf.mul(slopes, tf.minimum(x, 0)));

export const clipping: Case[] = [
  clip("from zero", 0, 6),
  clip("from below zero", -1, 2),
  clip("above zero", 1.5, 2.5),
  clip("cutting nothing off", -99, 99),
  clip("cutting all off", 50, 99),
  relu6("relu6", tf.relu6, [4, 30]),
  relu6("relu6 of images", tf.relu6, [2, 5, 4, 3]),
  relu6("relu6 as tfjs-layers makes it", (x) => tf.clipByValue(tf.relu(x), 0, 6), [4, 30]),
  hard("hard sigmoid", hardSigmoid, hardSigmoidComposed),
  hard(
    "hard swish",
    (x) => hardSwish(x),
    (x) => tf.mul(x, hardSigmoidComposed(x)),
  ),
  differentiable(
    "prelu, a slope for each channel",
    (x, slopes) => tf.prelu(x, slopes),
    [
      [3, 4, 5, 7],
      [1, 1, 7],
    ],
    preluComposed,
  ),
];
