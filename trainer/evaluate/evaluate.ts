import { areaUnderRoc } from "./pairs/auc.ts";
import { measureSpread, type Spread } from "./collapse.ts";
import { nearestByCosine, rerank } from "./ranking/neighbours.ts";
import { chooseQueries } from "./ranking/queries.ts";
import { samplePairs } from "./pairs/pairs.ts";
import type { Embedded } from "./embedded.ts";
import { measurePairs, type Scorer } from "./scorer.ts";
import { type Recall, recallAtK } from "./ranking/recall.ts";

export interface Evaluation {
  /** How many images were queries; more than some ten thousand are sampled. */
  queries: number;
  /** Recall@K by Euclidean distance. */
  recallByD: Recall;
  /** Recall@K where S reorders the 50 nearest by Euclidean distance. */
  recallByS: Recall;
  aucByD: number;
  aucByS: number;
  spread: Spread;
}

export const RERANKED = 50;

/**
 * Ranks by D and by S, every item a query against all others, or a sample of many (queries.ts).
 *
 * @param given of at least 2 classes
 * @param seed of queries and pairs
 * @throws NonFiniteError where S is NaN or infinite
 */
export function evaluate(scorer: Scorer, given: Embedded, seed: number): Evaluation {
  const embedded = chooseQueries(given, seed);
  const { embeddings, d, labels, queries } = embedded;
  const byD = nearestByCosine(embeddings, d, RERANKED, queries);
  const items = byD.positions.map((_, at) => Math.floor(at / byD.count));
  const near = measurePairs(scorer, embedded, { a: items, b: byD.positions });
  const pairs = samplePairs(labels, seed);
  const { scores, distances } = measurePairs(scorer, embedded, pairs);
  return {
    queries,
    recallByD: recallAtK(byD, labels),
    recallByS: recallAtK(rerank(byD, near.scores), labels),
    aucByD: areaUnderRoc(
      distances.map((distance) => -distance),
      pairs.same,
    ),
    aucByS: areaUnderRoc(scores, pairs.same),
    spread: measureSpread(distances, scores),
  };
}
