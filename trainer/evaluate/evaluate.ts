import { areaUnderRoc } from "./pairs/auc.ts";
import { measureSpread, type Spread } from "./collapse.ts";
import { nearestByCosine, rerank } from "./ranking/neighbours.ts";
import { samplePairs } from "./pairs/pairs.ts";
import type { Embedded } from "./embedded.ts";
import { measurePairs, type Scorer } from "./scorer.ts";
import { type Recall, recallAtK } from "./ranking/recall.ts";

export interface Evaluation {
  /** Recall@K by Euclidean distance. */
  recallByD: Recall;
  /** Recall@K where S reorders the 50 nearest by Euclidean distance. */
  recallByS: Recall;
  aucByD: number;
  aucByS: number;
  spread: Spread;
}

export const RERANKED = 50;

/** Ranks every item against all others by D and by S. @param embedded of at least 2 classes */
export function evaluate(scorer: Scorer, embedded: Embedded, seed: number): Evaluation {
  const { embeddings, d, labels } = embedded;
  const byD = nearestByCosine(embeddings, d, RERANKED);
  const queries = byD.positions.map((_, at) => Math.floor(at / byD.count));
  const near = measurePairs(scorer, embedded, { a: queries, b: byD.positions }).scores;
  const byS = rerank(byD, (item) => near.subarray(item * byD.count, (item + 1) * byD.count));
  const pairs = samplePairs(labels, seed);
  const { scores, distances } = measurePairs(scorer, embedded, pairs);
  return {
    recallByD: recallAtK(byD, labels),
    recallByS: recallAtK(byS, labels),
    aucByD: areaUnderRoc(
      distances.map((distance) => -distance),
      pairs.same,
    ),
    aucByS: areaUnderRoc(scores, pairs.same),
    spread: measureSpread(distances, scores),
  };
}
