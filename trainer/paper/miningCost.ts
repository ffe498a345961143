import * as tf from "@tensorflow/tfjs-core";
import { l2Normalize } from "../../shared/normalize.ts";
import type { Similarity } from "../../shared/pddm/similarity.ts";
import { pairwiseDistances } from "../methods/distance.ts";
import { mineEveryPositive } from "../methods/mining/everyPositive.ts";
import { mineHardest } from "../methods/mining/hardest.ts";
import type { Quadruplets } from "../methods/mining/quadruplets.ts";

/** What mining a batch takes, in milliseconds: the median of a few repetitions. */
export interface MiningCost {
  /** Images in the batch. */
  batch: number;
  /** S of all pairs. */
  scores: number;
  /** From these scores the hardest quadruplet, as published. */
  hardest: number;
  /** D of all pairs, and a quadruplet for every positive pair. */
  everyPositive: number;
}

const BATCHES = [32, 64, 128, 256];
const IMAGES_PER_CLASS = 4;
const REPETITIONS = 3;

/** Milliseconds. @param work returns what must be computed when the clock is stopped */
function time(work: () => tf.Tensor): number {
  const once = () => {
    const started = performance.now();
    tf.tidy(() => work().dataSync());
    return performance.now() - started;
  };
  // The first call also pays for memory that the others find there.
  once();
  const times = Array.from({ length: REPETITIONS }, once).sort((a, b) => a - b);
  return times[Math.floor(REPETITIONS / 2)]!;
}

/** All that a miner has found. */
function chosen(quadruplets: Quadruplets | null): tf.Tensor {
  if (!quadruplets) throw new Error("the batch holds no quadruplet");
  const { anchors, negativesOfAnchor, negativesOfPositive } = quadruplets;
  return tf.stack([anchors, negativesOfAnchor, negativesOfPositive]);
}

/**
 * Times the miners on random features, for growing batches: the claim of Huang et al. that mining by S
 * costs next to nothing beside the network.
 *
 * @param similarity that gives S
 * @param d length of the features
 */
export function measureMiningCost(
  similarity: Pick<Similarity, "describe" | "rows">,
  d: number,
  batches: readonly number[] = BATCHES,
): MiningCost[] {
  const scoresOf = (features: tf.Tensor2D) =>
    similarity.rows(similarity.describe(features), 0, features.shape[0]);
  return batches.map((batch) => {
    const labels = Array.from({ length: batch }, (_, i) => Math.floor(i / IMAGES_PER_CLASS));
    const { features, scores } = tf.tidy(() => {
      const features = l2Normalize(tf.randomNormal([batch, d], 0, 1, "float32", batch));
      return { features, scores: scoresOf(features) };
    });
    const cost = {
      batch,
      scores: time(() => scoresOf(features)),
      hardest: time(() => chosen(mineHardest(scores, labels))),
      everyPositive: time(() => {
        const closeness = tf.neg<tf.Tensor2D>(pairwiseDistances(features));
        return chosen(mineEveryPositive(closeness, labels));
      }),
    };
    tf.dispose([features, scores]);
    return cost;
  });
}

/** p of the power law cost ~ batch^p that fits best: 1 where the cost grows as the batch does. */
export function growth(costs: readonly { batch: number; cost: number }[]): number {
  const points = costs.map(({ batch, cost }) => [Math.log(batch), Math.log(cost)]);
  const mean = (axis: number) =>
    points.reduce((sum, point) => sum + point[axis]!, 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, point) => sum + (point[0]! - x) * (point[1]! - y), 0);
  return covariance / points.reduce((sum, point) => sum + (point[0]! - x) ** 2, 0);
}
