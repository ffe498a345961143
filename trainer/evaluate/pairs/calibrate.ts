/**
 * Platt scaling: P(same | S) = sigmoid(slope * S + intercept), the logistic regression of "same
 * class" on S (Platt, 1999), by Newton's method. Both kinds of pairs weigh the same in total, so the
 * probability is that of a pair as likely same as not.
 *
 * @param scores S of each pair
 * @throws Error when one of the two kinds is missing
 */
export function calibrate(
  scores: Float32Array,
  same: readonly boolean[],
): { slope: number; intercept: number } {
  const positives = same.filter(Boolean).length;
  const negatives = same.length - positives;
  if (positives === 0 || negatives === 0) {
    throw new Error("calibration needs same-class and different-class pairs");
  }
  // Standardised scores keep Newton's steps sane whatever the scale of S.
  const mean = scores.reduce((sum, s) => sum + s, 0) / scores.length;
  const variance = scores.reduce((sum, s) => sum + (s - mean) ** 2, 0) / scores.length;
  const std = Math.sqrt(variance) || 1;
  let slope = 0;
  let intercept = 0;
  for (let iteration = 0; iteration < 50; iteration++) {
    const gradient = [1e-3 * slope, 0];
    const hessian = [1e-3, 0, 1e-9];
    scores.forEach((s, pair) => {
      const x = (s - mean) / std;
      const weight = 0.5 / (same[pair] ? positives : negatives);
      const p = 1 / (1 + Math.exp(-(slope * x + intercept)));
      const error = weight * (p - (same[pair] ? 1 : 0));
      const curvature = weight * p * (1 - p);
      gradient[0]! += error * x;
      gradient[1]! += error;
      hessian[0]! += curvature * x * x;
      hessian[1]! += curvature * x;
      hessian[2]! += curvature;
    });
    const determinant = hessian[0]! * hessian[2]! - hessian[1]! ** 2;
    const steps = [
      (hessian[2]! * gradient[0]! - hessian[1]! * gradient[1]!) / determinant,
      (hessian[0]! * gradient[1]! - hessian[1]! * gradient[0]!) / determinant,
    ];
    slope -= steps[0]!;
    intercept -= steps[1]!;
    if (Math.abs(steps[0]!) + Math.abs(steps[1]!) < 1e-10) break;
  }
  return { slope: slope / std, intercept: intercept - (slope * mean) / std };
}
