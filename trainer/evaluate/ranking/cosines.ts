import * as tf from "@tensorflow/tfjs-core";

/** Rows of cosines are computed together, up to this many rows and values. */
const ROWS_AT_ONCE = 256;
const COSINES_AT_ONCE = 4_000_000;

/** Rows of length 1; a row of zeros stays one. */
function unitRows(rows: Float32Array, d: number): tf.Tensor2D {
  return tf.tidy(() => {
    const all = tf.tensor2d(rows, [rows.length / d, d]);
    return tf.div<tf.Tensor2D>(all, tf.add(tf.norm(all, "euclidean", 1, true), 1e-12));
  });
}

/**
 * Cosines of each row to all of some others, a block of rows at a time, so that memory stays small
 * for any number of rows.
 *
 * @param rows n * d values; need not be of length 1
 * @param others m * d values; may be `rows`
 * @param visit takes m cosines for each row in order; they are its own to change
 */
export function eachCosineRow(
  rows: Float32Array,
  others: Float32Array,
  d: number,
  visit: (row: number, cosines: Float32Array) => void,
): void {
  const m = others.length / d;
  const atOnce = Math.min(ROWS_AT_ONCE, Math.max(1, Math.floor(COSINES_AT_ONCE / m)));
  const unit = unitRows(others, d);
  for (let start = 0; start < rows.length / d; start += atOnce) {
    const cosines = tf.tidy(() => {
      const block = unitRows(rows.subarray(start * d, (start + atOnce) * d), d);
      return tf.matMul(block, unit, false, true);
    });
    const values = cosines.dataSync<"float32">();
    cosines.dispose();
    for (let row = 0; row < values.length / m; row++) {
      visit(start + row, values.subarray(row * m, (row + 1) * m));
    }
  }
  unit.dispose();
}
