import * as tf from "@tensorflow/tfjs-core";

/** For each of n items, the positions of its `count` nearest others, the nearest first. */
export interface Neighbours {
  count: number;
  /** n * count positions, row by row. */
  positions: Int32Array;
}

const BLOCK = 256;

/** Positions of the `count` largest values but `self`; of equals the lower position first. */
function largest(values: Float32Array, count: number, self: number): Int32Array {
  const found = new Int32Array(count).fill(-1);
  let size = 0;
  values.forEach((value, position) => {
    if (position === self) return;
    if (size === count && value <= values[found[count - 1]]) return;
    let at = size < count ? size++ : count - 1;
    for (; at > 0 && value > values[found[at - 1]]; at--) found[at] = found[at - 1];
    found[at] = position;
  });
  return found;
}

/**
 * Nearest neighbours by cosine, which on unit vectors is the order of Euclidean distance.
 *
 * @param rows n * d values; need not be of length 1
 * @param count how many, at most n - 1 are found
 */
export function nearestByCosine(rows: Float32Array, d: number, count: number): Neighbours {
  const n = rows.length / d;
  const found = Math.max(0, Math.min(count, n - 1));
  const positions = new Int32Array(n * found);
  const unit = tf.tidy(() => {
    const all = tf.tensor2d(rows, [n, d]);
    return tf.div<tf.Tensor2D>(all, tf.add(tf.norm(all, "euclidean", 1, true), 1e-12));
  });
  for (let start = 0; start < n; start += BLOCK) {
    const size = Math.min(BLOCK, n - start);
    const cosines = tf.tidy(() =>
      tf.matMul(tf.slice(unit, [start, 0], [size, d]), unit, false, true),
    );
    const values = cosines.dataSync<"float32">();
    cosines.dispose();
    for (let row = 0; row < size; row++) {
      const self = start + row;
      positions.set(largest(values.subarray(row * n, (row + 1) * n), found, self), self * found);
    }
  }
  unit.dispose();
  return { count: found, positions };
}

/**
 * The same neighbours in the order of another similarity, the most similar first.
 *
 * @param score similarities of one item to some others, all by position
 */
export function rerank(
  { count, positions }: Neighbours,
  score: (item: number, others: Int32Array) => Float32Array,
): Neighbours {
  const reordered = new Int32Array(positions.length);
  for (let start = 0; start < positions.length; start += count) {
    const others = positions.subarray(start, start + count);
    const scores = score(start / count, others);
    const order = Array.from(others.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
    reordered.set(
      order.map((at) => others[at]),
      start,
    );
  }
  return { count, positions: reordered };
}
