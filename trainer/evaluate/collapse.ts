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
const TOLERANCE = 0.05;

/**
 * The two ways in which PDDM training collapses: all features to one point, or S to a constant,
 * where E_m settles at alpha a hinge because none of them gets any smaller.
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
  // A hinge holds alpha where its scores are equal; a triplet has one, a quadruplet two.
  const held = [1, 2].find((hinges) => Math.abs(metricLoss / (hinges * alpha) - 1) < TOLERANCE);
  if (spread.score < CONSTANT && held !== undefined) {
    return (
      `COLLAPSED: S is nearly constant (standard deviation ${spread.score.toExponential(1)}) and E_m ` +
      `sits at its full margin, ${held * alpha}. S ranks nothing any more; try --method best.`
    );
  }
  return null;
}
