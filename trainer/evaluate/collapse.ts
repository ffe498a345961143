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
const CONSTANT = 0.01;

/**
 * The two ways in which PDDM training collapses: all features to one point, or S to a constant,
 * where E_m settles at 2 alpha because both headers hold their full margin.
 *
 * @param metricLoss E_m, mean over the latest steps
 * @returns what happened and what to try, or null while all is well
 */
export function describeCollapse(spread: Spread, metricLoss: number, alpha: number): string | null {
  if (!Number.isFinite(spread.distance + spread.score + metricLoss)) {
    return "DIVERGED: features or scores are no longer finite; try a lower --learning-rate.";
  }
  if (spread.distance < ALIKE) {
    return (
      `COLLAPSED: all features are alike (mean distance ${spread.distance.toExponential(1)}). ` +
      "Nothing can be told apart any more; try a lower --learning-rate, a smaller --beta or --method best."
    );
  }
  if (spread.score < CONSTANT && Math.abs(metricLoss - 2 * alpha) < 0.02 * 2 * alpha) {
    return (
      `COLLAPSED: S is nearly constant (standard deviation ${spread.score.toExponential(1)}) and E_m ` +
      `sits at 2 alpha = ${2 * alpha}. S ranks nothing any more; try --method best.`
    );
  }
  return null;
}
