import { expectFinite } from "../../finite.ts";
import type { Scorer } from "../scorer.ts";
import type { Queried } from "./queries.ts";

/**
 * S of each query against all items.
 *
 * @param visit takes n scores for each query in order, its own with itself among them
 * @throws NonFiniteError where S is NaN or infinite
 */
export function eachScoreRow(
  scorer: Pick<Scorer, "scoreRows">,
  { embeddings, labels, queries }: Pick<Queried, "embeddings" | "labels" | "queries">,
  visit: (query: number, scores: Float32Array) => void,
): void {
  const n = labels.length;
  scorer.scoreRows(embeddings, queries, (start, scores) => {
    expectFinite(scores, "the scores S");
    for (let row = 0; row < scores.length / n; row++) {
      visit(start + row, scores.subarray(row * n, (row + 1) * n));
    }
  });
}
