import * as tf from "@tensorflow/tfjs-core";

/** All positive (same-class) pairs i < j of a batch, in row-major order. */
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

/** Mask of the positive pairs; false on the diagonal. @returns bool [n, n] */
export function positiveMask(labels: readonly number[]): tf.Tensor2D {
  const cells = labels.flatMap((label, i) => labels.map((other, j) => other === label && i !== j));
  return tf.tensor2d(cells, [labels.length, labels.length], "bool");
}

/** Mask of the negative (different-class) pairs. @returns bool [n, n] */
export function negativeMask(labels: readonly number[]): tf.Tensor2D {
  return tf.tidy(() => {
    const column = tf.tensor2d([...labels], [labels.length, 1], "int32");
    return tf.notEqual(column, tf.transpose(column));
  });
}

/** Whether a batch has a positive and a negative pair, and so a triplet and a quadruplet. */
export function holdsBothKinds(labels: readonly number[]): boolean {
  const classes = new Set(labels);
  return classes.size > 1 && classes.size < labels.length;
}
