import { expectFinite } from "../../finite.ts";
import type { Embedded } from "../embedded.ts";
import type { Scorer } from "../scorer.ts";

/**
 * S of each item against all.
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
  scorer.scoreRows(embeddings, n, (start, scores) => {
    expectFinite(scores, "the scores S");
    for (let row = 0; row < scores.length / n; row++) {
      visit(start + row, scores.subarray(row * n, (row + 1) * n));
    }
  });
}
