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

const hinge = (x: number) => Math.max(0, x);
const total = (values: number[]) => values.reduce((sum, v) => sum + v, 0);
const mean = (values: number[]) => total(values) / values.length;
const meanOrZero = (values: number[]) => (values.length === 0 ? 0 : mean(values));

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

const peers = (labels: readonly number[], i: number) =>
  each(labels.length).filter((j) => j !== i && labels[j] === labels[i]);

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

/** Each item that has a positive, with the lowest of these and the highest negative. */
export function naiveBatchHard(s: number[][], labels: readonly number[]): Triplet[] {
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
  const pairs = naivePairs(labels);
  return [...pairs, ...pairs.map(([i, j]) => [j, i])].map(([i, j]) => {
    const ascending = others(labels, i).sort((a, b) => s[i][a] - s[i][b]);
    const below = ascending.filter((k) => s[i][k] < s[i][j]);
    return { i, j, k: below.at(-1) ?? ascending[0] };
  });
}

/** Mean over triplets of [m - s_ij + s_ik]+. */
export function naiveTriplet(s: number[][], triplets: Triplet[], margin: number): number {
  return mean(triplets.map(({ i, j, k }) => hinge(margin - s[i][j] + s[i][k])));
}

/** Mean of the value of each ordered pair of one class plus the mean of that of two classes. */
function meanOfEitherKind(
  labels: readonly number[],
  positive: (i: number, j: number) => number,
  negative: (i: number, k: number) => number,
): number {
  const items = each(labels.length);
  return (
    meanOrZero(items.flatMap((i) => peers(labels, i).map((j) => positive(i, j)))) +
    meanOrZero(items.flatMap((i) => others(labels, i).map((k) => negative(i, k))))
  );
}

/** Mean of D^2 over positive pairs plus mean of [m - D]+^2 over negative pairs. */
export function naiveContrastive(d: number[][], labels: readonly number[], margin: number): number {
  return meanOfEitherKind(
    labels,
    (i, j) => d[i][j] ** 2,
    (i, k) => hinge(margin - d[i][k]) ** 2,
  );
}

/** Half the cross-entropy of sigmoid(s) over positive pairs plus half of that over negative pairs. */
export function naiveLogistic(s: number[][], labels: readonly number[]): number {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const both = meanOfEitherKind(
    labels,
    (i, j) => -Math.log(sigmoid(s[i][j])),
    (i, k) => -Math.log(1 - sigmoid(s[i][k])),
  );
  return both / 2;
}

/** Half the mean over positive pairs of [log(sum_k e^(m - D_ik) + sum_l e^(m - D_jl)) + D_ij]+^2. */
export function naiveLifted(d: number[][], labels: readonly number[], margin: number): number {
  const sum = (i: number) => total(others(labels, i).map((k) => Math.exp(margin - d[i][k])));
  return mean(
    naivePairs(labels).map(([i, j]) => hinge(Math.log(sum(i) + sum(j)) + d[i][j]) ** 2 / 2),
  );
}

/** Mean over positive pairs and their ends of log(1 + sum_k e^(scale (s_ek - s_ij + m))) / scale. */
export function naiveSoftMargin(
  s: number[][],
  labels: readonly number[],
  margin: number,
  scale: number,
): number {
  const header = (i: number, j: number, end: number) =>
    Math.log(
      1 + total(others(labels, end).map((k) => Math.exp(scale * (s[end][k] - s[i][j] + margin)))),
    ) / scale;
  return mean(naivePairs(labels).flatMap(([i, j]) => [header(i, j, i), header(i, j, j)]));
}

/** With pull 2, push 50, base 0.5, margin 0.1. */
export function naiveMultiSimilarity(s: number[][], labels: readonly number[]): number {
  return mean(
    each(labels.length).map((i) => {
      const positives = peers(labels, i).map((j) => s[i][j]);
      const negatives = others(labels, i).map((k) => s[i][k]);
      const hardPositives = positives.filter((p) => negatives.some((n) => p < n + 0.1));
      const hardNegatives = negatives.filter((n) => positives.some((p) => n > p - 0.1));
      return (
        Math.log(1 + total(hardPositives.map((p) => Math.exp(-2 * (p - 0.5))))) / 2 +
        Math.log(1 + total(hardNegatives.map((n) => Math.exp(50 * (n - 0.5))))) / 50
      );
    }),
  );
}

/** With scale 32, margin 0.1; proxies of any length. */
export function naiveProxyAnchor(
  features: number[][],
  labels: readonly number[],
  proxies: number[][],
): number {
  const cosine = (x: number[], p: number[]) =>
    total(x.map((value, at) => value * p[at])) / Math.hypot(...p);
  const terms = proxies.map((proxy, label) => {
    const cosines = (own: boolean) =>
      features.filter((_, i) => (labels[i] === label) === own).map((x) => cosine(x, proxy));
    return {
      pull: Math.log(1 + total(cosines(true).map((s) => Math.exp(-32 * (s - 0.1))))),
      push: Math.log(1 + total(cosines(false).map((s) => Math.exp(32 * (s + 0.1))))),
    };
  });
  const inBatch = terms.filter((_, label) => labels.includes(label));
  return mean(inBatch.map(({ pull }) => pull)) + mean(terms.map(({ push }) => push));
}

/** With temperature 0.08, smoothing 0.1; proxies of any length. */
export function naiveNormalizedSoftmax(
  features: number[][],
  labels: readonly number[],
  proxies: number[][],
): number {
  return mean(
    features.map((x, i) => {
      const powers = proxies.map((p) =>
        Math.exp(total(x.map((value, at) => value * p[at])) / Math.hypot(...p) / 0.08),
      );
      return -total(
        powers.map((power, label) => {
          const truth = (label === labels[i] ? 0.9 : 0) + 0.1 / proxies.length;
          return truth * Math.log(power / total(powers));
        }),
      );
    }),
  );
}

/** With temperature 0.1. @param student, teacher cosines of all pairs */
export function naiveSelfDistillation(student: number[][], teacher: number[][]): number {
  const n = student.length;
  const probabilities = (cosines: number[][], i: number) => {
    const powers = each(n)
      .filter((j) => j !== i)
      .map((j) => Math.exp(cosines[i][j] / 0.1));
    return powers.map((power) => power / total(powers));
  };
  return mean(
    each(n).map((i) => {
      const learned = probabilities(student, i);
      return total(probabilities(teacher, i).map((p, at) => p * Math.log(p / learned[at])));
    }),
  );
}

/** Euclidean distances, with the epsilon that keeps their gradients finite. */
export function naiveDistances(rows: number[][]): number[][] {
  return rows.map((a) =>
    rows.map((b) => Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 1e-6))),
  );
}
