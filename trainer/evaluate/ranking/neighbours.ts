import { eachCosineRow } from "./cosines.ts";
import { largest } from "./largest.ts";

/** For each of the first `queries` items, the positions of its `count` nearest others, the nearest first. */
export interface Neighbours {
  queries: number;
  count: number;
  /** queries * count positions, row by row. */
  positions: Int32Array;
}

/**
 * Nearest neighbours by cosine, which on unit vectors is the order of Euclidean distance.
 *
 * @param rows n * d values; need not be of length 1
 * @param count how many, at most n - 1 are found
 * @param queries how many of the rows, the first ones, are ranked against all
 */
export function nearestByCosine(
  rows: Float32Array,
  d: number,
  count: number,
  queries = rows.length / d,
): Neighbours {
  const found = Math.max(0, Math.min(count, rows.length / d - 1));
  const positions = new Int32Array(queries * found);
  eachCosineRow(rows.subarray(0, queries * d), rows, d, (item, cosines) => {
    positions.set(largest(cosines, found, item), item * found);
  });
  return { queries, count: found, positions };
}

/**
 * The same neighbours in the order of another similarity, the most similar first.
 *
 * @param scores queries * count similarities, each of a query to its neighbour at the same place
 */
export function rerank(
  { queries, count, positions }: Neighbours,
  scores: Float32Array,
): Neighbours {
  const reordered = new Int32Array(positions.length);
  for (let start = 0; start < positions.length; start += count) {
    const order = largest(scores.subarray(start, start + count), count);
    reordered.set(
      order.map((at) => positions[start + at]!),
      start,
    );
  }
  return { queries, count, positions: reordered };
}
