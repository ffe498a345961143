import { areaUnderRoc } from "./pairs/auc.ts";
import { measureSpread } from "./collapse.ts";
import type { Embedded } from "./embedded.ts";
import { measurePairs, type Scorer } from "./scorer.ts";
import { RERANKED } from "./evaluate.ts";
import { largestR, meanAveragePrecisionAtR } from "./ranking/mapAtR.ts";
import type { Measures } from "./measures.ts";
import { largest } from "./ranking/largest.ts";
import { nearestByCosine, type Neighbours, rerank } from "./ranking/neighbours.ts";
import { clusterNmi } from "./clusters/nmi.ts";
import { samplePairs } from "./pairs/pairs.ts";
import { RECALL_AT, recallAtK } from "./ranking/recall.ts";
import { balancedWeights, measureReliability } from "./pairs/reliability.ts";
import { eachScoreRow } from "./ranking/scores.ts";
import { measureSeparation } from "./pairs/separation.ts";

/** The `count` nearest of more neighbours. */
function keepNearest({ count: all, positions }: Neighbours, count: number): Neighbours {
  const kept = Math.min(all, count);
  return { count: kept, positions: positions.filter((_, at) => at % all < kept) };
}

/** Every item's nearest by S: of all others, and of its nearest by D. S is computed once. */
function rankByScore(
  scorer: Scorer,
  embedded: Embedded,
  byD: Neighbours,
): { byS: Neighbours; reranked: Neighbours } {
  const { count } = byD;
  const byS = { count, positions: new Int32Array(byD.positions.length) };
  const near = keepNearest(byD, RERANKED);
  const scoresOfNear = new Float32Array(near.positions.length);
  eachScoreRow(scorer, embedded, (item, scores) => {
    byS.positions.set(largest(scores, count, item), item * count);
    const others = near.positions.subarray(item * near.count, (item + 1) * near.count);
    others.forEach((other, at) => (scoresOfNear[item * near.count + at] = scores[other]!));
  });
  const reranked = rerank(near, (item) =>
    scoresOfNear.subarray(item * near.count, (item + 1) * near.count),
  );
  return { byS, reranked };
}

/**
 * Measures embeddings and their S: every item is a query against all others, and sampled pairs
 * (pairs.ts) tell how far same and different classes are apart.
 *
 * @param embedded of at least 2 classes
 * @param probability of a pair with this score to be of one class
 * @param seed of the pairs and of the clustering
 */
export function measure(
  scorer: Scorer,
  embedded: Embedded,
  probability: (score: number) => number,
  seed: number,
): Measures {
  const { embeddings, d, labels } = embedded;
  const byD = nearestByCosine(embeddings, d, Math.max(largestR(labels), RERANKED, ...RECALL_AT));
  const { byS, reranked } = rankByScore(scorer, embedded, byD);
  const pairs = samplePairs(labels, seed);
  const { scores, distances } = measurePairs(scorer, embedded, pairs);
  const { same } = pairs;
  const ranking = (neighbours: Neighbours, values: Float32Array, closeness: Float32Array) => ({
    recall: recallAtK(neighbours, labels),
    mapAtR: meanAveragePrecisionAtR(neighbours, labels),
    auc: areaUnderRoc(closeness, same),
    separation: measureSeparation(values, same),
  });
  const nearness = distances.map((distance) => -distance);
  return {
    images: labels.length,
    classes: new Set(Array.from(labels)).size,
    d: ranking(byD, distances, nearness),
    s: ranking(byS, scores, scores),
    recallReranked: recallAtK(reranked, labels),
    nmi: clusterNmi(embeddings, d, labels, seed),
    reliability: measureReliability(scores.map(probability), same, balancedWeights(same)),
    spread: measureSpread(distances, scores),
  };
}
