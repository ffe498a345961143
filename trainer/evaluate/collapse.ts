import { DEFAULT_METHOD } from "../methods/methods.ts";

/** What a healthy run keeps apart. */
export interface Spread {
  /** Mean Euclidean distance of two features, 0 to 2; about 1.41 where they fill the sphere. */
  distance: number;
  /** Standard deviation of S over all pairs. */
  score: number;
}

const mean = (values: Float32Array) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * @param distances D of pairs
 * @param scores S of pairs
 */
export function measureSpread(distances: Float32Array, scores: Float32Array): Spread {
  const center = mean(scores);
  return {
    distance: mean(distances),
    score: Math.sqrt(mean(scores.map((score) => (score - center) ** 2))),
  };
}

const ALIKE = 0.05;
const CONSTANT = 0.02;
const AT_MARGIN = 0.95;

/**
 * The two ways in which PDDM training collapses: all features to one point, or S to a constant. E_m then
 * stays at alpha for each hinge, because no hinge gets smaller.
 *
 * @param metricLoss E_m, mean over the latest steps
 * @param alpha the margin of E_m, where the method has one
 * @returns what happened and what to try, or null while all is well
 */
export function describeCollapse(
  spread: Spread,
  metricLoss: number,
  alpha: number | undefined,
): string | null {
  if (spread.distance < ALIKE) {
    return (
      `COLLAPSED: all features are alike (mean distance ${spread.distance.toExponential(1)}). ` +
      `Nothing can be told apart any more; try a lower --learning-rate, smaller margins (--set) or --method ${DEFAULT_METHOD}.`
    );
  }
  // Equal scores leave a hinge at alpha; those of the hardest pairs may be worse.
  if (alpha !== undefined && spread.score < CONSTANT && metricLoss > AT_MARGIN * alpha) {
    return (
      `COLLAPSED: S is nearly constant (standard deviation ${spread.score.toExponential(1)}) and E_m, ` +
      `${metricLoss.toFixed(2)}, stays at its margin. S ranks nothing any more; try --method ${DEFAULT_METHOD}.`
    );
  }
  return null;
}
