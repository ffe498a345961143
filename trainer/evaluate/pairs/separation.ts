/** Histograms of the values of same-class and of different-class pairs, over common bins. */
export interface Separation {
  /** The lower end of the first bin. */
  low: number;
  /** The width of every bin, in units of the values. */
  width: number;
  /** Density of same-class pairs by bin: share / width. */
  same: number[];
  /** Density of different-class pairs by bin. */
  different: number[];
  /** Overlap coefficient: the area under the lower of the two, 0 (apart) to 1 (alike). */
  overlap: number;
}

const BINS = 50;

/**
 * How far apart a measure keeps pairs of one class and pairs of two (the similarity distributions of
 * Huang et al.).
 *
 * @param values S or D of each pair
 * @returns an overlap of 1 where one of the two kinds is missing
 */
export function measureSeparation(values: Float32Array, same: readonly boolean[]): Separation {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  // Equal values need a bin too.
  const width = (high - low) / BINS || 1;
  const counts = { same: new Float64Array(BINS), different: new Float64Array(BINS) };
  values.forEach((value, pair) => {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts[same[pair] ? "same" : "different"][bin]!++;
  });
  const positives = same.filter(Boolean).length;
  const negatives = same.length - positives;
  const density = (bins: Float64Array, total: number) =>
    Array.from(bins, (count) => (total === 0 ? 0 : count / total / width));
  const densities = {
    same: density(counts.same, positives),
    different: density(counts.different, negatives),
  };
  const shared = densities.same.reduce(
    (sum, value, bin) => sum + Math.min(value, densities.different[bin]!) * width,
    0,
  );
  return { low, width, ...densities, overlap: positives && negatives ? shared : 1 };
}
