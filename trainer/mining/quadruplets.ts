import * as tf from "@tensorflow/tfjs-core";

/**
 * Quadruplets as positions in the batch, int32 [q] each: an anchor i and its positive j, a negative
 * k of the anchor and a negative l of the positive.
 */
export interface Quadruplets {
  anchors: tf.Tensor1D;
  positives: tf.Tensor1D;
  negativesOfAnchor: tf.Tensor1D;
  negativesOfPositive: tf.Tensor1D;
}

/** All same-class pairs i < j of a batch, in reading order. */
export function positivePairs(labels: readonly number[]): { i: number[]; j: number[] } {
  const pairs: { i: number[]; j: number[] } = { i: [], j: [] };
  labels.forEach((label, i) => {
    for (let j = i + 1; j < labels.length; j++) {
      if (labels[j] !== label) continue;
      pairs.i.push(i);
      pairs.j.push(j);
    }
  });
  return pairs;
}

/** True where two items are of different classes; so false on the diagonal. @returns bool [n, n] */
export function negativeMask(labels: readonly number[]): tf.Tensor2D {
  return tf.tidy(() => {
    const column = tf.tensor2d([...labels], [labels.length, 1], "int32");
    return tf.notEqual(column, tf.transpose(column));
  });
}

/** Whether a batch holds what a quadruplet needs: a same-class and a different-class pair. */
export function holdsQuadruplet(labels: readonly number[]): boolean {
  const classes = new Set(labels);
  return classes.size > 1 && classes.size < labels.length;
}

/** Each item's most similar negative; of equals the first. @returns int32 [n] */
export function hardestNegatives(similarity: tf.Tensor2D, labels: readonly number[]): tf.Tensor1D {
  return tf.tidy(() => {
    const masked = tf.where(negativeMask(labels), similarity, tf.fill(similarity.shape, -Infinity));
    return tf.argMax(masked, 1);
  });
}
