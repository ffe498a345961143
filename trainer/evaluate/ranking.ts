import type { Manifest } from "../../shared/package/manifest.ts";
import type { Embedded, Scorer } from "./evaluate.ts";
import { largest, nearestByCosine, type Neighbours } from "./neighbours.ts";
import { RECALL_AT, recallAtK } from "./recall.ts";
import { eachScoreRow } from "./scores.ts";

const NEIGHBOURS = Math.max(...RECALL_AT);

/** Nearest neighbours by S, over all pairs. */
function nearestByScore(scorer: Scorer, embedded: Embedded): Neighbours {
  const n = embedded.labels.length;
  const count = Math.min(NEIGHBOURS, n - 1);
  const positions = new Int32Array(n * count);
  eachScoreRow(scorer, embedded, (item, scores) => {
    positions.set(largest(scores, count, item), item * count);
  });
  return { count, positions };
}

/**
 * Whether images are better ranked by S or by distance: by the higher Recall@1, every image a query
 * against all others; by S where both are equal.
 *
 * @param embedded images of classes that are not those of the test
 */
export function chooseRanking(
  scorer: Scorer,
  embedded: Embedded,
): Pick<Manifest["ranking"], "by" | "recallAt1"> {
  const { embeddings, d: dimensions, labels } = embedded;
  const { "1": d } = recallAtK(nearestByCosine(embeddings, dimensions, NEIGHBOURS), labels);
  const { "1": s } = recallAtK(nearestByScore(scorer, embedded), labels);
  return { by: s >= d ? "s" : "d", recallAt1: { d, s } };
}
