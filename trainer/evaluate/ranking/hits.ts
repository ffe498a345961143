import type { Scorer } from "../scorer.ts";
import { eachCosineRow } from "./cosines.ts";
import { largest } from "./largest.ts";
import type { Queried } from "./queries.ts";
import { eachScoreRow } from "./scores.ts";

/**
 * Whether the nearest other item of each query is of its class, which counts for Recall@1.
 *
 * @param by S, or the Euclidean distance D
 */
export function hitsBy(by: "s" | "d", scorer: Scorer, embedded: Queried): boolean[] {
  const { embeddings, d, labels, queries } = embedded;
  const hits = new Array<boolean>(queries).fill(false);
  const visit = (query: number, similarities: Float32Array) => {
    const [nearest] = largest(similarities, 1, query);
    hits[query] = nearest !== undefined && labels[nearest] === labels[query];
  };
  if (by === "s") eachScoreRow(scorer, embedded, visit);
  else eachCosineRow(embeddings.subarray(0, queries * d), embeddings, d, visit);
  return hits;
}
