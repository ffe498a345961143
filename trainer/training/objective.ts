import * as tf from "@tensorflow/tfjs-core";
import type { BatchScores } from "../methods/batchScores.ts";
import type { Hyperparameters, Method } from "../methods/method.ts";
import { sumOfAll } from "./sumOfAll.ts";

/** The terms of a batch's loss, scalars; a term that the method lacks is zero. */
export interface Objective {
  total: tf.Scalar;
  metric: tf.Scalar;
  embedding: tf.Scalar;
  /** Finite only where all features and scores are that the losses have read. */
  inputs: tf.Scalar;
}

/**
 * The loss of a batch, E = E_m + lambda E_e (Huang et al., equation 3). The optimizer adds the third
 * term, gamma ||W||^2. A method with one of the terms has that term alone.
 */
export function objective(
  { losses }: Pick<Method, "losses">,
  batch: BatchScores,
  hyperparameters: Hyperparameters,
): Objective {
  return tf.tidy(() => {
    const { metric, embedding, lambda = 1 } = losses(batch, hyperparameters);
    const zero = tf.scalar(0);
    const inputs = sumOfAll([batch.features, ...batch.computed]);
    if (!metric || !embedding) {
      const total = metric ?? embedding ?? zero;
      return { total, metric: metric ?? zero, embedding: embedding ?? zero, inputs };
    }
    const total = tf.add<tf.Scalar>(metric, tf.mul(embedding, lambda));
    return { total, metric, embedding, inputs };
  });
}
