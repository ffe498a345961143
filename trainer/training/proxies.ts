import * as tf from "@tensorflow/tfjs-core";
import { classMeans } from "../linear/classMeans.ts";
import type { Inputs } from "../data/inputs/inputs.ts";
import type { Learner } from "./learner.ts";

/**
 * Starts each proxy, where the method learns them, as the mean of its class's features.
 *
 * @param items training images in the order of their classes
 */
export function startProxies(
  learner: Learner,
  inputs: Inputs,
  items: readonly number[],
  labels: ArrayLike<number>,
): void {
  const { proxies } = learner;
  if (!proxies) return;
  const { means } = classMeans(learner.embed(inputs, items, labels));
  tf.tidy(() => {
    proxies.assign(tf.tensor2d(means, proxies.shape));
  });
}
