import { eachCosineRow } from "../evaluate/ranking/cosines.ts";
import { largest } from "../evaluate/ranking/largest.ts";
import type { Neighbours } from "../evaluate/ranking/neighbours.ts";

/**
 * Density-corrected similarity: s_ij = 2 cos(i, j) - r_i - r_j, with r the mean cosine of an item to its
 * nearest reference features. What is close in a crowd is less alike than what is as close in the
 * open. It takes no training, so that a learned similarity has something to beat.
 */

/**
 * r of some items. The reference is taken as it is: an item that is part of it counts itself.
 *
 * @param rows n * d values; need not be of length 1
 * @param reference m * d values
 * @param k how many nearest; all of the reference where it has fewer
 * @returns n values
 */
export function localDensity(
  rows: Float32Array,
  reference: Float32Array,
  d: number,
  k = 200,
): Float32Array {
  const densities = new Float32Array(rows.length / d);
  eachCosineRow(rows, reference, d, (item, cosines) => {
    const nearest = largest(cosines, k);
    densities[item] = nearest.reduce((sum, at) => sum + cosines[at]!, 0) / nearest.length;
  });
  return densities;
}

/** s of a pair of items. @param densityI r of the one @param densityJ r of the other */
export function densityCorrected(cosine: number, densityI: number, densityJ: number): number {
  return 2 * cosine - densityI - densityJ;
}

/**
 * Nearest neighbours by density-corrected similarity.
 *
 * @param rows n * d values; need not be of length 1
 * @param densities r of each
 * @param count how many, at most n - 1 are found
 * @param queries how many of the rows, the first ones, are ranked against all
 */
export function nearestByDensity(
  rows: Float32Array,
  d: number,
  densities: Float32Array,
  count: number,
  queries = densities.length,
): Neighbours {
  const found = Math.max(0, Math.min(count, densities.length - 1));
  const positions = new Int32Array(queries * found);
  eachCosineRow(rows.subarray(0, queries * d), rows, d, (item, cosines) => {
    cosines.forEach((cosine, other) => {
      cosines[other] = densityCorrected(cosine, densities[item]!, densities[other]!);
    });
    positions.set(largest(cosines, found, item), item * found);
  });
  return { queries, count: found, positions };
}
