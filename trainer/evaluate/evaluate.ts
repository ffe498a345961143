import { expectFinite } from "../finite.ts";
import { areaUnderRoc } from "./pairs/auc.ts";
import { measureSpread, type Spread } from "./collapse.ts";
import { nearestByCosine, rerank } from "./ranking/neighbours.ts";
import { type LabelledPairs, samplePairs } from "./pairs/pairs.ts";
import { type Recall, recallAtK } from "./ranking/recall.ts";

/** Embeddings of images: n * d values, row by row, unit vectors, and the class of each. */
export interface Embedded {
  embeddings: Float32Array;
  d: number;
  labels: ArrayLike<number>;
}

/** A learned similarity: one in training or an exported one. */
export interface Scorer {
  /** S of pairs, by position. @param embeddings n * d values */
  scorePairs(embeddings: Float32Array, a: Int32Array, b: Int32Array): Float32Array;
  /** S of the first `count` items against all n, some at a time. @param visit takes rows of n scores */
  scoreRows(
    embeddings: Float32Array,
    count: number,
    visit: (start: number, scores: Float32Array) => void,
  ): void;
}

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

/** S and D of pairs of embeddings. @throws NonFiniteError where S is NaN or infinite */
export function measurePairs(
  scorer: Scorer,
  { embeddings, d }: Pick<Embedded, "embeddings" | "d">,
  { a, b }: Pick<LabelledPairs, "a" | "b">,
): { scores: Float32Array; distances: Float32Array } {
  const scores = scorer.scorePairs(embeddings, a, b);
  expectFinite(scores, "the scores S");
  const distances = new Float32Array(a.length);
  for (let pair = 0; pair < a.length; pair++) {
    let sum = 0;
    for (let k = 0; k < d; k++)
      sum += (embeddings[a[pair]! * d + k]! - embeddings[b[pair]! * d + k]!) ** 2;
    distances[pair] = Math.sqrt(sum);
  }
  return { scores, distances };
}

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
