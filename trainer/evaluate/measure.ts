import { areaUnderRoc } from "./pairs/auc.ts";
import { measureSpread } from "./collapse.ts";
import type { Embedded } from "./embedded.ts";
import { RERANKED } from "./evaluate.ts";
import type { Measures } from "./measures.ts";
import { clusterNmi } from "./clusters/nmi.ts";
import { samplePairs } from "./pairs/pairs.ts";
import { balancedWeights, measureReliability } from "./pairs/reliability.ts";
import { measureSeparation } from "./pairs/separation.ts";
import { eachCosineRow } from "./ranking/cosines.ts";
import { type Neighbours, rerank } from "./ranking/neighbours.ts";
import { chooseQueries, type Queried } from "./ranking/queries.ts";
import { rank } from "./ranking/rank.ts";
import { recallAtK } from "./ranking/recall.ts";
import { eachScoreRow } from "./ranking/scores.ts";
import { measurePairs, type Scorer } from "./scorer.ts";

/** Ranks by S: against all items, and D's nearest among themselves. S is computed once. */
function rankByScore(scorer: Scorer, embedded: Queried, byD: Neighbours) {
  const { count, positions } = byD;
  const near = new Float32Array(positions.length);
  const byS = rank(embedded, count, (visit) => {
    eachScoreRow(scorer, embedded, (query, scores) => {
      for (let at = query * count; at < (query + 1) * count; at++)
        near[at] = scores[positions[at]!]!;
      visit(query, scores);
    });
  });
  return { byS, reranked: rerank(byD, near) };
}

/**
 * Measures embeddings and their S: every item is a query against all others, or a sample of many
 * (queries.ts), and sampled pairs (pairs.ts) tell how far same and different classes are apart.
 *
 * @param given of at least 2 classes
 * @param probability of a pair with this score to be of one class
 * @param seed of queries, pairs and clustering
 * @throws NonFiniteError where S is NaN or infinite
 */
export function measure(
  scorer: Scorer,
  given: Embedded,
  probability: (score: number) => number,
  seed: number,
): Measures {
  const embedded = chooseQueries(given, seed);
  const { embeddings, d, labels, queries } = embedded;
  const byD = rank(embedded, RERANKED, (visit) => {
    eachCosineRow(embeddings.subarray(0, queries * d), embeddings, d, visit);
  });
  const { byS, reranked } = rankByScore(scorer, embedded, byD.neighbours);
  const pairs = samplePairs(labels, seed);
  const { scores, distances } = measurePairs(scorer, embedded, pairs);
  const { same } = pairs;
  const ranking = (
    { neighbours, mapAtR }: typeof byD,
    values: Float32Array,
    closeness: Float32Array,
  ) => ({
    recall: recallAtK(neighbours, labels),
    mapAtR,
    auc: areaUnderRoc(closeness, same),
    separation: measureSeparation(values, same),
  });
  const nearness = distances.map((distance) => -distance);
  return {
    images: labels.length,
    classes: new Set(Array.from(labels)).size,
    queries,
    d: ranking(byD, distances, nearness),
    s: ranking(byS, scores, scores),
    recallReranked: recallAtK(reranked, labels),
    nmi: clusterNmi(embeddings, d, labels, seed),
    reliability: measureReliability(scores.map(probability), same, balancedWeights(same)),
    spread: measureSpread(distances, scores),
  };
}
