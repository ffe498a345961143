import * as tf from "@tensorflow/tfjs-core";
import { detach } from "../detach.ts";

/** Added to the cosine of an item with itself, so that its softmax probability is 0 in float32. */
const SELF_MASK = -1e4;

/**
 * Similarity-based self-distillation (Roth et al. 2021, "S2SD: Simultaneous Similarity-based
 * Self-Distillation for Deep Metric Learning"): an embedding of few dimensions, the student, learns the
 * similarities within a batch from an embedding of many dimensions, the teacher:
 *
 *     p_ij = softmax over j != i of x_i . x_j / temperature
 *     L    = mean over i of  sum_j p_ij(teacher) log( p_ij(teacher) / p_ij(student) )
 *
 * No gradient flows to the teacher.
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
    const self = tf.mul<tf.Tensor2D>(tf.eye(n), SELF_MASK);
    const logProbabilities = (cosines: tf.Tensor2D) =>
      tf.logSoftmax(tf.add<tf.Tensor2D>(tf.div(cosines, temperature), self));
    const truth = logProbabilities(detach(teacher));
    const terms = tf.mul(tf.exp(truth), tf.sub(truth, logProbabilities(student)));
    return tf.mean<tf.Scalar>(tf.sum(terms, 1));
  });
}
