import type { Neighbours } from "./neighbours.ts";

/** Recall@K by K, 0 to 1. */
export type Recall = Record<string, number>;

export const RECALL_AT = [1, 2, 4, 8];

/**
 * Recall@K: the share of queries with an item of their own class among the K nearest (Huang et al.,
 * section 4.1). Every item is a query against all others.
 *
 * @param labels the class of each item
 */
export function recallAtK({ count, positions }: Neighbours, labels: ArrayLike<number>): Recall {
  const n = labels.length;
  const hits = RECALL_AT.map(() => 0);
  for (let query = 0; query < n; query++) {
    const row = positions.subarray(query * count, (query + 1) * count);
    const rank = row.findIndex((item) => labels[item] === labels[query]);
    RECALL_AT.forEach((k, i) => {
      if (rank >= 0 && rank < k) hits[i]++;
    });
  }
  return Object.fromEntries(RECALL_AT.map((k, i) => [k, n === 0 ? 0 : hits[i] / n]));
}
