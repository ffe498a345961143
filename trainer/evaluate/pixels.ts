import type { Dataset } from "../data/folder.ts";
import { gatherPixels } from "../data/inputs/pixels.ts";
import { RERANKED } from "./evaluate.ts";
import { nearestByCosine } from "./ranking/neighbours.ts";
import { type Recall, recallAtK } from "./ranking/recall.ts";

/** The baseline that needs no network: raw pixels by cosine. */
export function recallOfPixels(data: Dataset, items: readonly number[]): Recall {
  const rows = Float32Array.from(gatherPixels(data, items));
  const neighbours = nearestByCosine(rows, rows.length / items.length, RERANKED);
  return recallAtK(
    neighbours,
    items.map((item) => data.labels[item]!),
  );
}
