import * as tf from "@tensorflow/tfjs-core";

/** An affine map of features, y = (x - mean) matrix. */
export interface Projection {
  /** d values. */
  mean: Float32Array;
  /** d * k values, row by row. */
  matrix: Float32Array;
  /** Dimensions of what goes in. */
  d: number;
  /** Dimensions of what comes out. */
  k: number;
}

const BLOCK = 1024;

/** @param rows n * d values @returns n * k values */
export function project(rows: Float32Array, { mean, matrix, d, k }: Projection): Float32Array {
  const projected = new Float32Array((rows.length / d) * k);
  const weights = tf.tensor2d(matrix, [d, k]);
  for (let start = 0; start < rows.length / d; start += BLOCK) {
    const block = rows.subarray(start * d, (start + BLOCK) * d);
    const product = tf.tidy(() =>
      tf.matMul(tf.sub<tf.Tensor2D>(tf.tensor2d(block, [block.length / d, d]), mean), weights),
    );
    projected.set(product.dataSync<"float32">(), start * k);
    product.dispose();
  }
  weights.dispose();
  return projected;
}

/** Rows scaled to length 1; a row of zeros stays one. @param rows n * d values */
export function toUnitRows(rows: Float32Array, d: number): Float32Array {
  const unit = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += d) {
    const row = rows.subarray(start, start + d);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;
    unit.set(
      row.map((value) => value / length),
      start,
    );
  }
  return unit;
}
