import * as tf from "@tensorflow/tfjs-core";
import { AdamW } from "../../training/optimizer.ts";
import { type Case, type Results, VALUE } from "../case.ts";

const SHAPE = [6, 5];
const STEPS = 3;

/**
 * Weights after some steps. On gradients that are drawn: the first step divides a gradient by its own
 * size, so of one that should be zero it would compare the sign of a rounding error.
 */
function steps(): Results {
  const weight = tf.tidy(() => tf.variable(tf.randomNormal(SHAPE, 0, 1, "float32", 7)));
  const optimizer = new AdamW(new Map([["kernel", weight]]), new Set(["kernel"]), 0.1);
  for (let step = 1; step <= STEPS; step++) {
    const gradient = tf.randomNormal(SHAPE, 0, 1, "float32", 10 + step);
    optimizer.update(step, () => 0.01, new Map([["kernel", gradient]]));
    gradient.dispose();
  }
  const value = Float32Array.from(weight.dataSync());
  optimizer.dispose();
  weight.dispose();
  return new Map([[VALUE, value]]);
}

export const optimizer: Case[] = [{ name: `AdamW, ${STEPS} steps`, run: steps }];
