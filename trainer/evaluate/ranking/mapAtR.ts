/**
 * Average precision at R of a query (Musgrave et al., A Metric Learning Reality Check); MAP@R is its mean
 * over the queries:
 *
 *     AP@R = 1/R sum_{i=1..R} P(i),   P(i) = precision at i if the i-th nearest is of the query's class,
 *                                            else 0
 *
 * R is the number of other items of the query's class. Unlike Recall@1 it asks for all items of the
 * class, and for their order.
 *
 * @param nearest whether each of the R nearest items, the nearest first, is of the query's class; R is 1
 *   or more
 * @returns 0 to 1
 */
export function averagePrecisionAtR(nearest: readonly boolean[]): number {
  let found = 0;
  let precisions = 0;
  nearest.forEach((isSame, i) => {
    if (isSame) precisions += ++found / (i + 1);
  });
  return precisions / nearest.length;
}
