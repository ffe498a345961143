import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { UserError } from "../error.ts";
import { classMeans } from "./classMeans.ts";
import { covariance, meanRow } from "./covariance.ts";
import { positionIn } from "../positions.ts";
import type { Projection } from "./projection.ts";

/** Each row less the mean of its class. */
function withinClasses(features: Float32Array, labels: ArrayLike<number>, d: number): Float32Array {
  const { classes, means } = classMeans({ embeddings: features, d, labels });
  const positionOf = positionIn(classes);
  const starts = Array.from(labels, (label) => positionOf(label) * d);
  return features.map((value, at) => value - means[starts[Math.floor(at / d)]! + (at % d)]!);
}

/** L^-T of S = L L^T. @param symmetric d * d values @throws UserError where S is not positive definite */
function inverseRoot(symmetric: Float64Array, d: number): Float32Array {
  const cholesky = new CholeskyDecomposition(Matrix.from1DArray(d, d, symmetric));
  if (!cholesky.isPositiveDefinite()) {
    throw new UserError(
      "the features do not vary within the classes, and whitening takes variation: " +
        "are the images of each class copies of one?",
    );
  }
  const lower = cholesky.lowerTriangularMatrix.to1DArray();
  // Column j of L^-1 by forward substitution is row j of L^-T.
  const root = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    const row = root.subarray(j * d, (j + 1) * d);
    for (let i = j; i < d; i++) {
      let rest = i === j ? 1 : 0;
      for (let k = j; k < i; k++) rest -= lower[i * d + k]! * row[k]!;
      row[i] = rest / lower[i * d + i]!;
    }
  }
  return Float32Array.from(root);
}

/**
 * Within-class whitening, the Mahalanobis metric that the paper compares with: after
 *
 *     y = (x - mean) W,   W W^T = (S_w + shrinkage m I)^-1
 *
 * Euclidean distance is Mahalanobis distance. S_w is the covariance of the features around the mean of
 * their class, m its mean eigenvalue. Any root of the inverse gives the same distances and cosines; that
 * of Cholesky needs no eigenvalues.
 *
 * @param features n * d values
 * @param labels the class of each row
 * @throws UserError where classes do not vary within themselves
 */
export function whitening(
  features: Float32Array,
  labels: ArrayLike<number>,
  d: number,
  { shrinkage = 1 }: { shrinkage?: number } = {},
): Projection {
  const within = covariance(withinClasses(features, labels, d), d);
  let trace = 0;
  for (let i = 0; i < d; i++) trace += within[i * d + i]!;
  for (let i = 0; i < d; i++) within[i * d + i]! += (shrinkage * trace) / d;
  return { mean: meanRow(features, d), matrix: inverseRoot(within, d), d, k: d };
}
