import { expectFinite } from "../../finite.ts";
import type { Embedded, Scorer } from "../evaluate.ts";

/** Where wasm scores most pairs a second: with fewer, calls cost; with more, caches overflow. */
const PAIRS_AT_ONCE = 32_768;

/**
 * S of each item against all, a block of items at a time, so that memory stays small for any number
 * of items.
 *
 * @param visit takes n scores for each item in order, its own with itself among them
 * @throws NonFiniteError where S is NaN or infinite
 */
export function eachScoreRow(
  scorer: Pick<Scorer, "scoreRows">,
  { embeddings, labels }: Pick<Embedded, "embeddings" | "labels">,
  visit: (item: number, scores: Float32Array) => void,
): void {
  const n = labels.length;
  const block = Math.max(1, Math.floor(PAIRS_AT_ONCE / n));
  scorer.scoreRows(embeddings, block, (start, scores) => {
    expectFinite(scores, "the scores S");
    for (let row = 0; row < scores.length / n; row++) {
      visit(start + row, scores.subarray(row * n, (row + 1) * n));
    }
  });
}
