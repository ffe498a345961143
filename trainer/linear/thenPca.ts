import { pca } from "./pca.ts";
import { project, type Projection } from "./projection.ts";

/**
 * A projection and, of what it gives, the k axes that keep inner products best, as one projection.
 *
 * @param projected what these axes are fitted to: n * first.k values, such as the features projected
 * @param k 1 to first.k
 * @throws UserError where k is larger than first.k
 */
export function thenPca(first: Projection, projected: Float32Array, k: number): Projection {
  const { mean, matrix, d, k: between } = first;
  const axes = pca(projected, between, k, new Float32Array(between));
  return { mean, matrix: project(matrix, axes), d, k };
}
