import type { Quadruplets } from "../../trainer/methods/mining/quadruplets.ts";
import type { Quadruplet } from "./mining.ts";

/** What was mined, as a list. */
export function listQuadruplets(mined: Quadruplets | null): Quadruplet[] {
  if (!mined) return [];
  const { anchors, positives, negativesOfAnchor, negativesOfPositive } = mined;
  const [j, k, l] = [positives, negativesOfAnchor, negativesOfPositive].map((t) => t.dataSync());
  return Array.from(anchors.dataSync(), (i, at) => ({ i, j: j[at], k: k[at], l: l[at] }));
}
