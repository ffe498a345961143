import { each } from "./numbers.ts";

/** A quadruplet as positions in the batch: anchor, positive, negative of either. */
export interface Quadruplet {
  i: number;
  j: number;
  k: number;
  l: number;
}

/** A triplet as positions in the batch: anchor, positive, negative. */
export type Triplet = Omit<Quadruplet, "l">;

/** Every same-class pair i < j, in reading order. */
export function naivePairs(labels: readonly number[]): [number, number][] {
  return each(labels.length).flatMap((i) =>
    each(labels.length)
      .filter((j) => i < j && labels[i] === labels[j])
      .map((j): [number, number] => [i, j]),
  );
}

/** The items of another class than i's. */
export const others = (labels: readonly number[], i: number) =>
  each(labels.length).filter((k) => labels[k] !== labels[i]);

/** The other items of i's class. */
export const peers = (labels: readonly number[], i: number) =>
  each(labels.length).filter((j) => j !== i && labels[j] === labels[i]);

/** The first of the items of another class that score highest with i. */
function naiveNegative(s: number[][], labels: readonly number[], i: number): number {
  return others(labels, i).reduce((best, k) => (s[i][k] > s[i][best] ? k : best));
}

/** Whether there is a triplet. */
const mixed = (labels: readonly number[]) =>
  naivePairs(labels).length > 0 && new Set(labels).size > 1;

/** By trying every positive pair: all quadruplets, or only that of the lowest pair. */
export function naiveMining(
  s: number[][],
  labels: readonly number[],
  which: "every" | "hardest",
): Quadruplet[] {
  if (!mixed(labels)) return [];
  const all = naivePairs(labels).map(([i, j]) => ({
    i,
    j,
    k: naiveNegative(s, labels, i),
    l: naiveNegative(s, labels, j),
  }));
  if (which === "every") return all;
  return [all.reduce((best, q) => (s[q.i][q.j] < s[best.i][best.j] ? q : best))];
}

/** Each item that has a positive, with the lowest of these and the highest negative. */
export function naiveBatchHard(s: number[][], labels: readonly number[]): Triplet[] {
  if (!mixed(labels)) return [];
  return each(labels.length)
    .filter((i) => peers(labels, i).length > 0)
    .map((i) => ({
      i,
      j: peers(labels, i).reduce((best, j) => (s[i][j] < s[i][best] ? j : best)),
      k: naiveNegative(s, labels, i),
    }));
}

/** Each positive pair from either end, with the highest negative below it, or else the lowest. */
export function naiveSemiHard(s: number[][], labels: readonly number[]): Triplet[] {
  if (!mixed(labels)) return [];
  const pairs = naivePairs(labels);
  return [...pairs, ...pairs.map(([i, j]) => [j, i])].map(([i, j]) => {
    const ascending = others(labels, i).sort((a, b) => s[i][a] - s[i][b]);
    const below = ascending.filter((k) => s[i][k] < s[i][j]);
    return { i, j, k: below.at(-1) ?? ascending[0] };
  });
}
