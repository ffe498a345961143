import { largest } from "./largest.ts";
import { averagePrecisionAtR } from "./mapAtR.ts";
import type { Neighbours } from "./neighbours.ts";
import type { Queried } from "./queries.ts";

/** How many items each class has. */
function classSizes(labels: ArrayLike<number>): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const label of Array.from(labels)) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return sizes;
}

/**
 * Ranks queries by any similarity. MAP@R needs as many neighbours as a class has items, so it is taken
 * row by row, and only the nearest are kept.
 *
 * @param count how many of the nearest are kept, at most n - 1
 * @param eachRow visits each query with its n similarities
 * @returns mapAtR is 0 where no query has another item of its class; such a query does not count
 */
export function rank(
  { labels, queries }: Pick<Queried, "labels" | "queries">,
  count: number,
  eachRow: (visit: (query: number, similarities: Float32Array) => void) => void,
): { neighbours: Neighbours; mapAtR: number } {
  const sizes = classSizes(labels);
  const kept = Math.max(0, Math.min(count, labels.length - 1));
  const positions = new Int32Array(queries * kept);
  let total = 0;
  let counted = 0;
  eachRow((query, similarities) => {
    const r = (sizes.get(labels[query]!) ?? 1) - 1;
    const nearest = largest(similarities, Math.max(kept, r), query);
    positions.set(nearest.slice(0, kept), query * kept);
    if (r < 1) return;
    total += averagePrecisionAtR(nearest.slice(0, r).map((item) => labels[item] === labels[query]));
    counted++;
  });
  const neighbours = { queries, count: kept, positions };
  return { neighbours, mapAtR: counted === 0 ? 0 : total / counted };
}
