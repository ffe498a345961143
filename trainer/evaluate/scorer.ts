import type { PlaceValues } from "../../shared/model.ts";
import { expectFinite } from "../finite.ts";
import type { Embedded } from "./embedded.ts";
import type { LabelledPairs } from "./pairs/pairs.ts";

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
  /** Where items lie, if S has the local form; else null. @param embeddings n * d values */
  places?(embeddings: Float32Array): PlaceValues | null;
}

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
