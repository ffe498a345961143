import type { Embedded } from "../evaluate/embedded.ts";
import { measurePairs, type Scorer } from "../evaluate/scorer.ts";
import { largest } from "../evaluate/ranking/largest.ts";
import { sample, seededRandom } from "../random.ts";
import type { Contact } from "./runResult.ts";

const CANDIDATES = 100;
const QUERIES = 12;
const NEAREST = 6;

/** Positions of items that have another one of their class. */
function paired(labels: readonly number[]): number[] {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return labels.flatMap((label, item) => ((sizes.get(label) ?? 0) > 1 ? [item] : []));
}

/**
 * Queries with their nearest by D and by S, to look at: of 100 at random the half on which D and S
 * differ most, then the first of the others, which are as good as any.
 *
 * @returns at most 12, by position
 */
export function chooseContacts(scorer: Scorer, embedded: Embedded, seed: number): Contact[] {
  const labels = Array.from(embedded.labels);
  const possible = paired(labels);
  const n = labels.length;
  const queries = sample(possible, Math.min(CANDIDATES, possible.length), seededRandom(seed, 3));
  // All pairs at once: what S needs to know of an item is computed anew at every call.
  const pairs = {
    a: Int32Array.from({ length: queries.length * n }, (_, at) => queries[Math.floor(at / n)]!),
    b: Int32Array.from({ length: queries.length * n }, (_, at) => at % n),
  };
  const measured = measurePairs(scorer, embedded, pairs);
  const candidates = queries.map((query, at) => {
    const scores = measured.scores.subarray(at * n, (at + 1) * n);
    const distances = measured.distances.subarray(at * n, (at + 1) * n);
    const byD = largest(
      distances.map((distance) => -distance),
      NEAREST,
      query,
    );
    const byS = largest(scores, NEAREST, query);
    const hits = (items: number[]) => items.filter((at) => labels[at] === labels[query]).length;
    const moved = byS.filter((item) => !byD.includes(item)).length;
    // A hit won or lost says more than any number of misses that change places.
    const difference = Math.abs(hits(byD) - hits(byS)) * NEAREST + moved;
    return { query, byD, byS, difference };
  });
  const differing = [...candidates]
    .sort((x, y) => y.difference - x.difference)
    .slice(0, QUERIES / 2);
  const others = candidates.filter((candidate) => !differing.includes(candidate));
  return [...differing, ...others.slice(0, QUERIES / 2)].map(({ query, byD, byS }) => ({
    query,
    byD,
    byS,
  }));
}
