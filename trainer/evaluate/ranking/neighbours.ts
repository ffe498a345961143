import { eachCosineRow } from "./cosines.ts";
import { largest } from "./largest.ts";

/** For each of n items, the positions of its `count` nearest others, the nearest first. */
export interface Neighbours {
  count: number;
  /** n * count positions, row by row. */
  positions: Int32Array;
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
  eachCosineRow(rows, rows, d, (item, cosines) => {
    positions.set(largest(cosines, found, item), item * found);
  });
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
    const order = Array.from(others.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
    reordered.set(
      order.map((at) => others[at]!),
      start,
    );
  }
  return { count, positions: reordered };
}
