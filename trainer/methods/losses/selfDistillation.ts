import * as tf from "@tensorflow/tfjs-core";
import { detach } from "../detach.ts";

/** Added to the cosine of an item with itself; its exponential is 0 in float32. */
const NEVER = -1e4;

/**
 * Similarity-based self-distillation (Roth et al. 2021, "S2SD: Simultaneous Similarity-based
 * Self-Distillation for Deep Metric Learning"): a space of many dimensions teaches one of few dimensions
 * how the items of a batch lie to each other,
 *
 *     p_ij = softmax over j != i of x_i . x_j / temperature
 *     L    = mean over i of  sum_j p_ij(teacher) log( p_ij(teacher) / p_ij(student) )
 *
 * The teacher's side is a constant, so the teacher learns nothing from its student.
 *
 * @param student cosines of all pairs, [n, n]
 * @param teacher cosines of the same pairs in the teacher's space, [n, n]
 * @returns scalar
 */
export function selfDistillation(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  temperature: number,
): tf.Scalar {
  return tf.tidy(() => {
    const [n] = student.shape;
    const self = tf.mul<tf.Tensor2D>(tf.eye(n), NEVER);
    const logProbabilities = (cosines: tf.Tensor2D) =>
      tf.logSoftmax(tf.add<tf.Tensor2D>(tf.div(cosines, temperature), self));
    const truth = logProbabilities(detach(teacher));
    const lost = tf.mul(tf.exp(truth), tf.sub(truth, logProbabilities(student)));
    return tf.mean<tf.Scalar>(tf.sum(lost, 1));
  });
}
