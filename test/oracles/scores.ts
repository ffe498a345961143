import { numbers, toRows } from "./numbers.ts";

/** A symmetric score matrix; the diagonal, which mining must leave out, would win every argmax. */
export function scoreMatrix(n: number, seed: number, scale = 1, shift = 0): number[][] {
  const values = toRows(numbers(n * n, seed), n);
  return values.map((row, i) =>
    row.map((_, j) => {
      if (i === j) return shift + 10 * scale;
      return Math.fround(values[Math.min(i, j)][Math.max(i, j)] * scale + shift);
    }),
  );
}
