import type { Config } from "../../runs/config.ts";
import { type Batch, BalancedSampler } from "../balancedSampler.ts";
import type { Draw } from "./feed.ts";

/** A batch, and the seed of the random views that a step takes of its images. */
export type DrawnBatch = Batch & Draw;

/** What each step of a run draws from its training images, counted from 1. */
export function drawsOf(
  config: Pick<Config, "classesPerBatch" | "imagesPerClass" | "seed">,
  train: readonly number[],
  labels: Int32Array,
): (step: number) => DrawnBatch {
  const batches = new BalancedSampler(train, labels, config, config.seed);
  return (step) => ({ ...batches.at(step), seed: [config.seed, step, 1] });
}
