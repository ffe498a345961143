import type { Triplets } from "../../trainer/methods/mining/triplets.ts";
import type { Triplet } from "./mining.ts";

/** What was mined, as a list. */
export function listTriplets(mined: Triplets | null): Triplet[] {
  if (!mined) return [];
  const [j, k] = [mined.positives, mined.negatives].map((t) => t.dataSync());
  return Array.from(mined.anchors.dataSync(), (i, at) => ({ i, j: j[at], k: k[at] }));
}
