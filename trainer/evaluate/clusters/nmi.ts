import { kMeans } from "./kMeans.ts";

/** In nats, of the shares that counts make of their sum. */
function entropy(counts: Iterable<number>, total: number): number {
  let sum = 0;
  for (const count of counts) sum -= (count / total) * Math.log(count / total);
  return sum;
}

function countValues<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/**
 * Normalised mutual information of two labellings C and L of the same items:
 *
 *     NMI = 2 I(C; L) / (H(C) + H(L)),   I(C; L) = H(C) + H(L) - H(C, L)
 *
 * @returns 0 (independent) to 1 (the same partition)
 */
export function normalizedMutualInformation(c: ArrayLike<number>, l: ArrayLike<number>): number {
  const [first, second] = [Array.from(c), Array.from(l)];
  const entropyOf = <T>(values: readonly T[]) =>
    entropy(countValues(values).values(), values.length);
  const sum = entropyOf(first) + entropyOf(second);
  // One class in one cluster: nothing is put wrong.
  if (sum === 0) return 1;
  const joint = entropyOf(first.map((cluster, item) => `${cluster} ${second[item]}`));
  // Rounding may leave a trace below zero.
  return Math.max(0, (2 * (sum - joint)) / sum);
}

/**
 * How well the classes are clusters: NMI of the labels and a k-means clustering of the embeddings
 * into as many clusters as there are classes.
 *
 * @param embeddings n * d values
 * @param labels the class of each item
 */
export function clusterNmi(
  embeddings: Float32Array,
  d: number,
  labels: ArrayLike<number>,
  seed: number,
): number {
  const classes = new Set(Array.from(labels)).size;
  return normalizedMutualInformation(kMeans(embeddings, d, classes, seed), labels);
}
