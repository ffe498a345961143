import { UserError } from "../error.ts";
import { covariance, meanRow } from "./covariance.ts";
import { leadingEigenvectors } from "./leadingEigenvectors.ts";
import type { Projection } from "./projection.ts";

/**
 * Principal component analysis: the projection to k dimensions that keeps most of the variance.
 *
 * @param features n * d values
 * @param k 1 to d
 * @param mean what variance is measured around; around the origin, inner products are kept best
 * @returns orthonormal columns, of the largest variance first
 * @throws UserError where k is larger than d
 */
export function pca(
  features: Float32Array,
  d: number,
  k: number,
  mean = meanRow(features, d),
): Projection {
  if (k > d) {
    throw new UserError(`${d} features cannot be projected to ${k} dimensions, at most to ${d}`);
  }
  const centred = features.map((value, at) => value - mean[at % d]!);
  const axes = leadingEigenvectors(covariance(centred, d), d, k);
  const matrix = Float32Array.from(
    { length: d * k },
    (_, at) => axes[at % k]![Math.floor(at / k)]!,
  );
  return { mean, matrix, d, k };
}
