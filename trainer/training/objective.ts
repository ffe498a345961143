import * as tf from "@tensorflow/tfjs-core";
import type { BatchScores } from "../methods/batchScores.ts";
import type { Method } from "../methods/methods.ts";

/** The terms of a batch's loss, scalars; a header that the method lacks is zero. */
export interface Objective {
  total: tf.Scalar;
  metric: tf.Scalar;
  embedding: tf.Scalar;
}

/**
 * The loss of a batch, E = E_m + lambda E_e (Huang et al., equation 3). The third term,
 * gamma ||W||^2, is the optimizer's. A method of one header has that header alone.
 */
export function objective({ headers }: Pick<Method, "headers">, batch: BatchScores): Objective {
  return tf.tidy(() => {
    const { metric, embedding } = headers(batch);
    const zero = tf.scalar(0);
    if (!metric || !embedding) {
      const total = metric ?? embedding ?? zero;
      return { total, metric: metric ?? zero, embedding: embedding ?? zero };
    }
    const total = tf.add<tf.Scalar>(metric, tf.mul(embedding, batch.margins.lambda));
    return { total, metric, embedding };
  });
}
