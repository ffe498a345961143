import type { MethodName } from "../../trainer/methods/methods.ts";
import {
  naiveAllNegatives,
  naiveBatchHard,
  naiveContrastive,
  naiveDistances,
  naiveDoubleHeader,
  naiveLifted,
  naiveMining,
  naiveMultiSimilarity,
  naiveNormalizedSoftmax,
  naiveProxyAnchor,
  naiveSemiHard,
  naiveTriplet,
} from "./losses.ts";
import { naiveScores, type UnitWeights } from "./pddm.ts";

/** A batch for a method: unit features, labels, the unit's weights and proxies. */
interface Batch {
  rows: number[][];
  labels: readonly number[];
  unit: UnitWeights;
  proxies: number[][];
  margins: { alpha: number; beta: number };
}

/** E_m and E_e of a method by loops, with its default hyperparameters but for the margins of PDDM. */
export function naiveLosses(
  method: MethodName,
  { rows, labels, unit, proxies, margins: { alpha, beta } }: Batch,
): { metric?: number; embedding?: number } {
  const distances = naiveDistances(rows);
  const closeness = distances.map((row) => row.map((distance) => -distance));
  const published = () => naiveScores("published", unit, rows);
  const hardest = (similarity: number[][]) => naiveMining(similarity, labels, "hardest");
  switch (method) {
    case "contrastive":
      return { embedding: naiveContrastive(distances, labels, 1) };
    case "triplet-hard":
      return { embedding: naiveTriplet(closeness, naiveBatchHard(closeness, labels), 0.2) };
    case "triplet-semihard":
      return { embedding: naiveTriplet(closeness, naiveSemiHard(closeness, labels), 0.2) };
    case "lifted":
      return { embedding: naiveLifted(distances, labels, 1) };
    case "quadruplet": {
      const all = naiveMining(closeness, labels, "every");
      return { embedding: naiveDoubleHeader(closeness, all, beta) };
    }
    case "pddm-triplet": {
      const s = published();
      return {
        metric: naiveTriplet(s, hardest(s), alpha),
        embedding: naiveTriplet(closeness, hardest(s), beta),
      };
    }
    case "pddm-quadruplet": {
      const s = published();
      return {
        metric: naiveDoubleHeader(s, hardest(s), alpha),
        embedding: naiveDoubleHeader(closeness, hardest(s), beta),
      };
    }
    case "pddm-score-only": {
      const s = published();
      return { metric: naiveDoubleHeader(s, hardest(s), alpha) };
    }
    case "pddm-feature-only":
      return { embedding: naiveDoubleHeader(closeness, hardest(closeness), beta) };
    case "pddm-residual":
      return {
        metric: naiveAllNegatives(naiveScores("residual", unit, rows), labels, alpha),
        embedding: naiveDoubleHeader(closeness, naiveMining(closeness, labels, "every"), beta),
      };
    case "multi-similarity": {
      const cosines = rows.map((a) => rows.map((b) => a.reduce((sum, v, k) => sum + v * b[k], 0)));
      return { embedding: naiveMultiSimilarity(cosines, labels) };
    }
    case "proxy-anchor":
      return { embedding: naiveProxyAnchor(rows, labels, proxies) };
    case "distilled-softmax":
      return { embedding: naiveNormalizedSoftmax(rows, labels, proxies) };
  }
}
