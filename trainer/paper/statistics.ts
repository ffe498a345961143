/** What a figure is over the seeds. */
export interface Statistics {
  mean: number;
  /** Sample standard deviation; null for a single seed, which says nothing of it. */
  deviation: number | null;
}

/** @param values one a seed, at least one */
export function describeValues(values: readonly number[]): Statistics {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: n > 1 ? Math.sqrt(squares / (n - 1)) : null };
}
