import { each } from "./numbers.ts";

/** A quadruplet as positions in the batch: anchor, positive, negative of either. */
export interface Quadruplet {
  i: number;
  j: number;
  k: number;
  l: number;
}

const hinge = (x: number) => Math.max(0, x);
const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Every same-class pair i < j, in reading order. */
export function naivePairs(labels: readonly number[]): [number, number][] {
  return each(labels.length).flatMap((i) =>
    each(labels.length)
      .filter((j) => i < j && labels[i] === labels[j])
      .map((j): [number, number] => [i, j]),
  );
}

const others = (labels: readonly number[], i: number) =>
  each(labels.length).filter((k) => labels[k] !== labels[i]);

/** The first of the items of another class that score highest with i. */
export function naiveNegative(s: number[][], labels: readonly number[], i: number): number {
  return others(labels, i).reduce((best, k) => (s[i][k] > s[i][best] ? k : best));
}

/** By trying every positive pair: all quadruplets, or only that of the lowest pair. */
export function naiveMining(
  s: number[][],
  labels: readonly number[],
  which: "every" | "hardest",
): Quadruplet[] {
  const all = naivePairs(labels).map(([i, j]) => ({
    i,
    j,
    k: naiveNegative(s, labels, i),
    l: naiveNegative(s, labels, j),
  }));
  if (which === "every") return all;
  return [all.reduce((best, q) => (s[q.i][q.j] < s[best.i][best.j] ? q : best))];
}

/** Mean over quadruplets of [m - s_ij + s_ik]+ + [m - s_ij + s_jl]+. */
export function naiveDoubleHeader(s: number[][], quadruplets: Quadruplet[], margin: number) {
  return mean(
    quadruplets.map(
      ({ i, j, k, l }) => hinge(margin - s[i][j] + s[i][k]) + hinge(margin - s[i][j] + s[j][l]),
    ),
  );
}

/** The same with the mean over all negatives of either end. */
export function naiveAllNegatives(s: number[][], labels: readonly number[], margin: number) {
  const header = (i: number, j: number, end: number) =>
    mean(others(labels, end).map((k) => hinge(margin - s[i][j] + s[end][k])));
  return mean(naivePairs(labels).map(([i, j]) => header(i, j, i) + header(i, j, j)));
}

/** Euclidean distances, with the epsilon that keeps their gradients finite. */
export function naiveDistances(rows: number[][]): number[][] {
  return rows.map((a) =>
    rows.map((b) => Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 1e-6))),
  );
}
