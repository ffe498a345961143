import { each, numbers } from "./numbers.ts";

/** Items 0, 1, ... of classes 0, 1, ... in turn: class means in [-1, 1), noise around them. */
export function clusters(
  classes: number,
  perClass: number,
  d: number,
  noise: number,
  seed: number,
) {
  const means = numbers(classes * d, seed);
  const labels = each(classes * perClass).map((item) => item % classes);
  const around = numbers(labels.length * d, seed + 1);
  const rows = labels.map((label, item) =>
    each(d).map((k) => Math.fround(means[label * d + k] + noise * around[item * d + k])),
  );
  return { rows, labels, flat: Float32Array.from(rows.flat()) };
}

/** Cosine of two rows. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, v, k) => sum + v * b[k], 0) / (Math.hypot(...a) * Math.hypot(...b) || 1);
}

/** For each of n items, all others, the most similar first; of equals the lower position first. */
export function rankAll(n: number, similarity: (i: number, j: number) => number): number[][] {
  return each(n).map((i) =>
    each(n)
      .filter((j) => j !== i)
      .sort((a, b) => similarity(i, b) - similarity(i, a) || a - b),
  );
}
