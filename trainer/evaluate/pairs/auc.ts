import { expectFinite } from "../../finite.ts";

/**
 * Area under the ROC curve: the chance that a same-class pair scores above a different-class pair,
 * ties counted half (the Mann-Whitney statistic).
 *
 * @returns 0 to 1; 0.5 when one of the two kinds is missing
 * @throws NonFiniteError where a score is NaN or infinite
 */
export function areaUnderRoc(scores: Float32Array, same: readonly boolean[]): number {
  expectFinite(scores, "the scores");
  const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  let rankSum = 0;
  let positives = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++;
    const rank = (start + 1 + end) / 2;
    for (const pair of order.slice(start, end)) {
      if (!same[pair]) continue;
      rankSum += rank;
      positives++;
    }
    start = end;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return 0.5;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
