import {
  collectionDensity,
  DENSITY_NEIGHBOURS,
  densityShift,
  meanOfLargest,
} from "../../shared/pddm/density.ts";
import type { Embedded } from "./embedded.ts";
import { eachCosineRow } from "./ranking/cosines.ts";
import type { Scorer } from "./scorer.ts";

/** g of each item among the others (shared/pddm/density.ts). @param z n * d values */
function nearestMeans(z: Float32Array, d: number, n: number): Float32Array {
  const means = new Float32Array(n);
  const count = Math.min(DENSITY_NEIGHBOURS, n - 1);
  eachCosineRow(z, z, d, (item, cosines) => {
    cosines[item] = -Infinity;
    means[item] = meanOfLargest(cosines, count);
  });
  return means;
}

/**
 * The local S of the items of a gallery, with densities that the gallery itself knows
 * (shared/pddm/density.ts). A query is one of the items and does not count for its own density.
 *
 * @param gallery at least two items
 * @returns S of these items only, so it takes no other embeddings; null if S has another form
 */
export function withGalleryDensity(
  scorer: Scorer,
  { embeddings, d }: Pick<Embedded, "embeddings" | "d">,
): Scorer | null {
  const places = scorer.places?.(embeddings);
  if (!places) return null;
  const { z, densities } = places;
  const n = densities.length;
  const nearest = nearestMeans(z, d, n);
  const shift = densityShift(nearest, densities);
  // S subtracts both densities: what the references say is added again.
  const corrections = densities.map(
    (density, item) => density - collectionDensity(nearest[item]!, density, n - 1, shift),
  );
  return {
    scorePairs: (given, a, b) =>
      scorer
        .scorePairs(given, a, b)
        .map((score, pair) => score + corrections[a[pair]!]! + corrections[b[pair]!]!),
    scoreRows: (given, count, visit) => {
      scorer.scoreRows(given, count, (start, scores) => {
        const corrected = scores.map(
          (score, at) => score + corrections[start + Math.floor(at / n)]! + corrections[at % n]!,
        );
        visit(start, corrected);
      });
    },
  };
}
