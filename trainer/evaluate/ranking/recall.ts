import type { Neighbours } from "./neighbours.ts";

/** Recall@K by K, 0 to 1. */
export type Recall = Record<string, number>;

export const RECALL_AT = [1, 2, 4, 8, 16, 32];

/**
 * Recall@K: the share of queries with an item of their own class among the K nearest (Huang et al.,
 * section 4.1).
 *
 * @param neighbours of each query the 32 nearest at least, or all others where these are fewer
 * @param labels the class of each item
 * @throws Error where neighbours are missing: the recall would come out too low
 */
export function recallAtK(
  { queries, count, positions }: Neighbours,
  labels: ArrayLike<number>,
): Recall {
  const needed = Math.min(Math.max(...RECALL_AT), labels.length - 1);
  if (count < needed) throw new Error(`recall needs ${needed} neighbours, here are ${count}`);
  const hits = RECALL_AT.map(() => 0);
  for (let query = 0; query < queries; query++) {
    const row = positions.subarray(query * count, (query + 1) * count);
    const rank = row.findIndex((item) => labels[item] === labels[query]);
    RECALL_AT.forEach((k, i) => {
      if (rank >= 0 && rank < k) hits[i]!++;
    });
  }
  return Object.fromEntries(RECALL_AT.map((k, i) => [k, queries === 0 ? 0 : hits[i]! / queries]));
}
