import * as tf from "@tensorflow/tfjs-core";

const BLOCK = 512;

/** The mean row. @param rows n * d values @returns d values */
export function meanRow(rows: Float32Array, d: number): Float32Array {
  const sums = new Float64Array(d);
  rows.forEach((value, at) => {
    sums[at % d]! += value;
  });
  return Float32Array.from(sums, (sum) => (sum * d) / rows.length);
}

/**
 * (1/n) sum of x x^T over rows x. The products run in float32 by blocks of rows, their sums in double
 * precision: a float32 sum over thousands of rows would lose the small eigenvalues.
 *
 * @param centred n * d values whose mean has been taken off
 * @returns d * d values
 */
export function covariance(centred: Float32Array, d: number): Float64Array {
  const sums = new Float64Array(d * d);
  const n = centred.length / d;
  for (let start = 0; start < n; start += BLOCK) {
    const product = tf.tidy(() => {
      const block = centred.subarray(start * d, (start + BLOCK) * d);
      const x = tf.tensor2d(block, [block.length / d, d]);
      return tf.matMul(x, x, true, false);
    });
    product.dataSync<"float32">().forEach((value, at) => {
      sums[at]! += value / n;
    });
    product.dispose();
  }
  return sums;
}
