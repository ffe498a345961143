import { each } from "./numbers.ts";

type Rows = number[][];

export const transpose = (a: Rows): Rows => a[0].map((_, j) => a.map((row) => row[j]));

export const multiply = (a: Rows, b: Rows): Rows =>
  a.map((row) => b[0].map((_, j) => row.reduce((sum, value, k) => sum + value * b[k][j], 0)));

/** The mean of each column. */
export const columnMeans = (rows: Rows): number[] =>
  transpose(rows).map((column) => column.reduce((sum, value) => sum + value, 0) / rows.length);

/** (1/n) sum of x x^T over rows around their mean. */
export function naiveCovariance(rows: Rows): Rows {
  const mean = columnMeans(rows);
  return mean.map((_, i) =>
    mean.map(
      (_, j) =>
        rows.reduce((sum, row) => sum + (row[i] - mean[i]) * (row[j] - mean[j]), 0) / rows.length,
    ),
  );
}

/** The inverse by Gauss-Jordan elimination. */
export function invert(a: Rows): Rows {
  const n = a.length;
  const work = a.map((row, i) => [...row, ...each(n).map((j) => (i === j ? 1 : 0))]);
  for (let at = 0; at < n; at++) {
    const pivot = each(n)
      .slice(at)
      .reduce((best, row) => (Math.abs(work[row][at]) > Math.abs(work[best][at]) ? row : best));
    [work[at], work[pivot]] = [work[pivot], work[at]];
    work[at] = work[at].map((value) => value / work[at][at]);
    work.forEach((row, i) => {
      if (i !== at) work[i] = row.map((value, j) => value - row[at] * work[at][j]);
    });
  }
  return work.map((row) => row.slice(n));
}
