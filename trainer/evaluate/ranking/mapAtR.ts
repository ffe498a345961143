import type { Neighbours } from "./neighbours.ts";

/** How many items each class has. */
function classSizes(labels: ArrayLike<number>): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const label of Array.from(labels)) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return sizes;
}

/** The largest R of `meanAveragePrecisionAtR`: as many neighbours as it needs. */
export function largestR(labels: ArrayLike<number>): number {
  let most = 0;
  for (const size of classSizes(labels).values()) most = Math.max(most, size - 1);
  return most;
}

/**
 * Mean average precision at R (Musgrave et al., A Metric Learning Reality Check):
 *
 *     MAP@R of a query = 1/R sum_{i=1..R} P(i),   P(i) = precision at i if the i-th nearest is of the
 *                                                  query's class, else 0
 *
 * R is the number of other items of the query's class; a query with R = 0 is left out. Unlike
 * Recall@1 it asks for all items of the class, and for their order.
 *
 * @param neighbours by any ranking, at least `largestR(labels)` of each item
 * @param labels the class of each item
 * @returns 0 to 1; 0 where no class has two items
 * @throws Error where neighbours are missing
 */
export function meanAveragePrecisionAtR(
  { count, positions }: Neighbours,
  labels: ArrayLike<number>,
): number {
  const needed = largestR(labels);
  if (count < needed) throw new Error(`MAP@R needs ${needed} neighbours, here are ${count}`);
  const sizes = classSizes(labels);
  let total = 0;
  let queries = 0;
  for (let query = 0; query < labels.length; query++) {
    const r = (sizes.get(labels[query]!) ?? 0) - 1;
    if (r < 1) continue;
    let found = 0;
    let precisions = 0;
    positions.subarray(query * count, query * count + r).forEach((item, i) => {
      if (labels[item] === labels[query]) precisions += ++found / (i + 1);
    });
    total += precisions / r;
    queries++;
  }
  return queries === 0 ? 0 : total / queries;
}
