import type { MethodName } from "../../trainer/methods/methods.ts";
import {
  naiveBatchHard,
  naiveMining,
  naivePairs,
  naiveSemiHard,
  others,
  peers,
  type Quadruplet,
  type Triplet,
} from "./mining.ts";
import { each } from "./numbers.ts";
import { naiveScores, type UnitWeights } from "./pddm.ts";

const hinge = (x: number) => Math.max(0, x);
const total = (values: number[]) => values.reduce((sum, v) => sum + v, 0);
/** Zero without values, as a loss without pairs. */
const mean = (values: number[]) => total(values) / Math.max(1, values.length);

/** A batch for a method: unit features, labels, the unit's weights and proxies. */
interface Batch {
  rows: number[][];
  labels: readonly number[];
  unit: UnitWeights;
  proxies: number[][];
  margins: { alpha: number; beta: number };
}

/** E_m and E_e. */
interface Terms {
  metric?: number;
  embedding?: number;
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

/** Mean over triplets of [m - s_ij + s_ik]+. */
export function naiveTriplet(s: number[][], triplets: Triplet[], margin: number): number {
  return mean(triplets.map(({ i, j, k }) => hinge(margin - s[i][j] + s[i][k])));
}

/** Mean of D^2 over positive pairs plus mean of [m - D]+^2 over negative pairs. */
export function naiveContrastive(d: number[][], labels: readonly number[], margin: number): number {
  const items = each(labels.length);
  const pulls = items.flatMap((i) => peers(labels, i).map((j) => d[i][j] ** 2));
  const pushes = items.flatMap((i) => others(labels, i).map((k) => hinge(margin - d[i][k]) ** 2));
  return mean(pulls) + mean(pushes);
}

/** Half the mean over positive pairs of [log(sum_k e^(m - D_ik) + sum_l e^(m - D_jl)) + D_ij]+^2. */
export function naiveLifted(d: number[][], labels: readonly number[], margin: number): number {
  const sum = (i: number) => total(others(labels, i).map((k) => Math.exp(margin - d[i][k])));
  return mean(
    naivePairs(labels).map(([i, j]) => hinge(Math.log(sum(i) + sum(j)) + d[i][j]) ** 2 / 2),
  );
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

const naiveCosines = (rows: number[][]) =>
  rows.map((a) => rows.map((b) => total(a.map((value, k) => value * b[k]))));

const naiveCloseness = (rows: number[][]) =>
  naiveDistances(rows).map((row) => row.map((distance) => -distance));

const naivePublished = ({ unit, rows }: Batch) => naiveScores("published", unit, rows);

/** The loss of each method by loops, with its default hyperparameters but for the margins of PDDM. */
export const naiveLosses: Record<MethodName, (batch: Batch) => Terms> = {
  contrastive: ({ rows, labels }) => ({
    embedding: naiveContrastive(naiveDistances(rows), labels, 1),
  }),
  "triplet-hard": ({ rows, labels }) => {
    const s = naiveCloseness(rows);
    return { embedding: naiveTriplet(s, naiveBatchHard(s, labels), 0.2) };
  },
  "triplet-semihard": ({ rows, labels }) => {
    const s = naiveCloseness(rows);
    return { embedding: naiveTriplet(s, naiveSemiHard(s, labels), 0.2) };
  },
  lifted: ({ rows, labels }) => ({ embedding: naiveLifted(naiveDistances(rows), labels, 1) }),
  quadruplet: ({ rows, labels, margins: { beta } }) => {
    const s = naiveCloseness(rows);
    return { embedding: naiveDoubleHeader(s, naiveMining(s, labels, "every"), beta) };
  },
  "pddm-triplet": (batch) => {
    const { rows, labels, margins } = batch;
    const s = naivePublished(batch);
    const hardest = naiveMining(s, labels, "hardest");
    return {
      metric: naiveTriplet(s, hardest, margins.alpha),
      embedding: naiveTriplet(naiveCloseness(rows), hardest, margins.beta),
    };
  },
  "pddm-quadruplet": (batch) => {
    const { rows, labels, margins } = batch;
    const s = naivePublished(batch);
    const hardest = naiveMining(s, labels, "hardest");
    return {
      metric: naiveDoubleHeader(s, hardest, margins.alpha),
      embedding: naiveDoubleHeader(naiveCloseness(rows), hardest, margins.beta),
    };
  },
  "pddm-score-only": (batch) => {
    const s = naivePublished(batch);
    const hardest = naiveMining(s, batch.labels, "hardest");
    return { metric: naiveDoubleHeader(s, hardest, batch.margins.alpha) };
  },
  "pddm-feature-only": ({ rows, labels, margins: { beta } }) => {
    const s = naiveCloseness(rows);
    return { embedding: naiveDoubleHeader(s, naiveMining(s, labels, "hardest"), beta) };
  },
  "pddm-residual": ({ rows, labels, unit, margins: { alpha, beta } }) => {
    const closeness = naiveCloseness(rows);
    const every = naiveMining(closeness, labels, "every");
    return {
      metric: naiveAllNegatives(naiveScores("residual", unit, rows), labels, alpha),
      embedding: naiveDoubleHeader(closeness, every, beta),
    };
  },
  "multi-similarity": ({ rows, labels }) => ({
    embedding: naiveMultiSimilarity(naiveCosines(rows), labels),
  }),
  "proxy-anchor": ({ rows, labels, proxies }) => ({
    embedding: naiveProxyAnchor(rows, labels, proxies),
  }),
  "distilled-softmax": ({ rows, labels, proxies }) => ({
    embedding: naiveNormalizedSoftmax(rows, labels, proxies),
  }),
};
