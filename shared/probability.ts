import type { Manifest } from "./package/manifest.ts";

/** The calibrated probability that a pair with this score is of the same class (Platt, 1999). */
export function probabilityOf(
  { slope, intercept }: Pick<Manifest["calibration"], "slope" | "intercept">,
  score: number,
): number {
  return 1 / (1 + Math.exp(-(slope * score + intercept)));
}
