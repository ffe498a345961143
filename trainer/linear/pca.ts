import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { UserError } from "../error.ts";
import { covariance, meanRow } from "./covariance.ts";
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
  const symmetric = Matrix.from1DArray(d, d, covariance(centred, d));
  // Eigenvalues come in ascending order, eigenvectors as columns.
  const { eigenvectorMatrix: vectors } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  const matrix = Float32Array.from({ length: d * k }, (_, at) =>
    vectors.get(Math.floor(at / k), d - 1 - (at % k)),
  );
  return { mean, matrix, d, k };
}
