import * as tf from "@tensorflow/tfjs-core";
import { AdamW } from "../../training/optimizer.ts";
import { type Case, type Results, VALUE } from "../case.ts";

const SHAPE = [6, 5];
const STEPS = 3;

/**
 * Weights after some steps on random gradients. Gradients are not zero, because the first step divides a gradient by
 * its own magnitude, so that the sign of a rounding error would decide.
 */
function steps(): Results {
  const weight = tf.tidy(() => tf.variable(tf.randomNormal(SHAPE, 0, 1, "float32", 7)));
  const optimizer = new AdamW(
    [
      {
        name: "head",
        variables: new Map([["kernel", weight]]),
        learningRate: 0.01,
        decay: "kernels",
      },
    ],
    0.1,
  );
  for (let step = 1; step <= STEPS; step++) {
    const gradient = tf.randomNormal(SHAPE, 0, 1, "float32", 10 + step);
    optimizer.update(step, (peak) => peak, { [weight.name]: gradient });
    gradient.dispose();
  }
  const value = Float32Array.from(weight.dataSync());
  optimizer.dispose();
  weight.dispose();
  return new Map([[VALUE, value]]);
}

export const optimizer: Case[] = [{ name: `AdamW, ${STEPS} steps`, run: steps }];
