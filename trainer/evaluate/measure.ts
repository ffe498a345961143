import { areaUnderRoc } from "./pairs/auc.ts";
import { measureSpread } from "./collapse.ts";
import type { Embedded } from "./embedded.ts";
import { withGalleryDensity } from "./gallery.ts";
import { RERANKED } from "./evaluate.ts";
import type { Measures, Ranking } from "./measures.ts";
import { clusterNmi } from "./clusters/nmi.ts";
import { type LabelledPairs, samplePairs } from "./pairs/pairs.ts";
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

/** How S ranks and separates, given the ranking. @param scores S of the pairs */
const describeRanking = (
  { neighbours, mapAtR }: ReturnType<typeof rank>,
  { labels }: Pick<Embedded, "labels">,
  { same }: Pick<LabelledPairs, "same">,
  values: Float32Array,
  closeness = values,
): Ranking => ({
  recall: recallAtK(neighbours, labels),
  mapAtR,
  auc: areaUnderRoc(closeness, same),
  separation: measureSeparation(values, same),
});

/**
 * What S is worth with densities of the gallery. To know these, all images have to be compared with all, which
 * takes too long where only some of them are queries.
 */
function measureGallery(
  scorer: Scorer,
  embedded: Queried,
  pairs: LabelledPairs,
  probability: (score: number) => number,
): Measures["gallery"] {
  const { labels, queries } = embedded;
  const inGallery = queries < labels.length ? null : withGalleryDensity(scorer, embedded);
  if (!inGallery) return null;
  const ranked = rank(embedded, RERANKED, (visit) => {
    eachScoreRow(inGallery, embedded, visit);
  });
  const { scores } = measurePairs(inGallery, embedded, pairs);
  const { same } = pairs;
  return {
    ...describeRanking(ranked, embedded, pairs, scores),
    reliability: measureReliability(scores.map(probability), same, balancedWeights(same)),
  };
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
  const nearness = distances.map((distance) => -distance);
  return {
    images: labels.length,
    classes: new Set(Array.from(labels)).size,
    queries,
    d: describeRanking(byD, embedded, pairs, distances, nearness),
    s: describeRanking(byS, embedded, pairs, scores),
    gallery: measureGallery(scorer, embedded, pairs, probability),
    recallReranked: recallAtK(reranked, labels),
    nmi: clusterNmi(embeddings, d, labels, seed),
    reliability: measureReliability(scores.map(probability), same, balancedWeights(same)),
    spread: measureSpread(distances, scores),
  };
}
