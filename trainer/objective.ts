import * as tf from "@tensorflow/tfjs-core";
import type { Pddm } from "../shared/pddm/unit.ts";
import type { Config } from "./config.ts";
import { detach } from "./detach.ts";
import { pairwiseDistances } from "./distance.ts";
import { allNegativesHinge } from "./losses/allNegatives.ts";
import { doubleHeaderHinge } from "./losses/doubleHeader.ts";
import { mineEveryPositive } from "./mining/everyPositive.ts";
import { mineHardest } from "./mining/hardest.ts";

/** The terms of a batch's loss, scalars. */
export interface Objective {
  /** E = E_m + lambda E_e. The third term, gamma ||W||^2, is the optimizer's. */
  total: tf.Scalar;
  /** E_m: the metric learns the margin. */
  metric: tf.Scalar;
  /** E_e: the embedding follows. */
  embedding: tf.Scalar;
}

/**
 * The loss of a batch (Huang et al., equation 3).
 *
 * - mining "hardest", as published: one quadruplet, mined by S, for both headers.
 * - mining "all": E_m over every positive pair and all negatives, since hard examples mined by an
 *   untrained S drive it to a constant; E_e over every positive pair and its hardest negatives by D.
 *
 * @param features [n, d], rows of length 1
 */
export function objective(
  pddm: Pddm,
  features: tf.Tensor2D,
  labels: readonly number[],
  { mining, alpha, beta, lambda }: Pick<Config, "mining" | "alpha" | "beta" | "lambda">,
): Objective {
  return tf.tidy(() => {
    const s = pddm.all(features);
    const closeness = tf.neg(pairwiseDistances(features));
    const published = mining === "hardest";
    const quadruplets = published
      ? mineHardest(detach(s), labels)
      : mineEveryPositive(detach(closeness), labels);
    const metric = published
      ? doubleHeaderHinge(s, quadruplets, alpha)
      : allNegativesHinge(s, labels, alpha);
    const embedding = doubleHeaderHinge(closeness, quadruplets, beta);
    return { total: tf.add<tf.Scalar>(metric, tf.mul(embedding, lambda)), metric, embedding };
  });
}
