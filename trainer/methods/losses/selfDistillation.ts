import * as tf from "@tensorflow/tfjs-core";
import { detach } from "../detach.ts";

export const SELF_DISTILLATION = { temperature: 0.1 };

/** Added to the cosine of an item with itself: e to its power is 0 in float32. */
const NEVER = -1e4;

/**
 * Similarity-based self-distillation (Roth et al. 2021, "S2SD: Simultaneous Similarity-based
 * Self-Distillation for Deep Metric Learning"): a space of many dimensions teaches one of few how the
 * items of a batch lie to each other,
 *
 *     p_ij = softmax over j != i of x_i . x_j / temperature
 *     L    = mean over i of  sum_j p_ij(teacher) log( p_ij(teacher) / p_ij(student) )
 *
 * The teacher's side is a constant: it learns nothing from its student.
 *
 * @param student cosines of all pairs, [n, n]
 * @param teacher cosines of the same pairs in the teacher's space, [n, n]
 * @returns scalar
 */
export function selfDistillation(student: tf.Tensor2D, teacher: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const [n] = student.shape;
    const self = tf.mul<tf.Tensor2D>(tf.eye(n), NEVER);
    const logProbabilities = (cosines: tf.Tensor2D) =>
      tf.logSoftmax(tf.add<tf.Tensor2D>(tf.div(cosines, SELF_DISTILLATION.temperature), self));
    const truth = logProbabilities(detach(teacher));
    const lost = tf.mul(tf.exp(truth), tf.sub(truth, logProbabilities(student)));
    return tf.mean<tf.Scalar>(tf.sum(lost, 1));
  });
}
