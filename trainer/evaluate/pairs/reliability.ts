/** The pairs whose probability falls into one bin. */
export interface ReliabilityBin {
  /** The bin is from `low` up to `low` + 0.1. */
  low: number;
  /** Mean probability of its pairs. */
  confidence: number;
  /** Share of its pairs that are of one class; equal to `confidence` where calibration is perfect. */
  same: number;
  /** Number of its pairs. */
  count: number;
}

export interface Reliability {
  /** The bins that hold pairs, in order. */
  bins: ReliabilityBin[];
  /** Expected calibration error: mean of |confidence - same|, each bin by the weight of its pairs. */
  error: number;
}

const BINS = 10;

/** Weights under which same-class and different-class pairs each count half: a prior of 0.5. */
export function balancedWeights(same: readonly boolean[]): Float64Array {
  const positives = same.filter(Boolean).length;
  const negatives = same.length - positives;
  return Float64Array.from(same, (kind) => 0.5 / (kind ? positives : negatives));
}

/**
 * Reliability curve and expected calibration error (Guo et al., On Calibration of Modern Neural
 * Networks, 2017), of the probability that a pair is of one class.
 *
 * @param probabilities 0 to 1, of each pair
 * @param same the truth
 * @param weights of each pair, by which means and shares are taken; all equal by default
 */
export function measureReliability(
  probabilities: Float32Array,
  same: readonly boolean[],
  weights: ArrayLike<number> = new Float64Array(same.length).fill(1),
): Reliability {
  const sums = Array.from({ length: BINS }, () => ({
    count: 0,
    weight: 0,
    confidence: 0,
    same: 0,
  }));
  probabilities.forEach((probability, pair) => {
    const bin = sums[Math.min(BINS - 1, Math.floor(probability * BINS))]!;
    bin.count++;
    bin.weight += weights[pair]!;
    bin.confidence += weights[pair]! * probability;
    if (same[pair]) bin.same += weights[pair]!;
  });
  const total = sums.reduce((sum, { weight }) => sum + weight, 0);
  const gaps = sums.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.same), 0);
  return {
    bins: sums.flatMap((bin, at) =>
      bin.count === 0
        ? []
        : {
            low: at / BINS,
            confidence: bin.confidence / bin.weight,
            same: bin.same / bin.weight,
            count: bin.count,
          },
    ),
    error: total === 0 ? 0 : gaps / total,
  };
}
