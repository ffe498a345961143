import type { Manifest } from "../../../shared/package/manifest.ts";
import type { Embedded } from "../embedded.ts";
import type { Scorer } from "../scorer.ts";
import { largest } from "./largest.ts";
import { nearestByCosine, type Neighbours } from "./neighbours.ts";
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

/** Of so many standard deviations chance reaches one in twenty times (one-sided). */
const BEYOND_CHANCE = 1.645;

/**
 * Whether images are ranked by S or by distance: by S, unless distance has the nearest image of the
 * query's class so much more often that chance is unlikely, every image a query against all others. Of
 * queries that only one of the two gets right each would get half (McNemar, 1947): over a few hundred
 * held-out images the higher Recall@1 alone is a toss, and the local S ranked better wherever it was measured.
 *
 * @param embedded images of classes that are not those of the test
 */
export function chooseRanking(
  scorer: Scorer,
  embedded: Embedded,
): Pick<Manifest["ranking"], "by" | "recallAt1"> {
  const { embeddings, d: dimensions, labels } = embedded;
  const byD = nearestByCosine(embeddings, dimensions, NEIGHBOURS);
  const byS = nearestByScore(scorer, embedded);
  const recallAt1 = (neighbours: Neighbours) => recallAtK(neighbours, labels)["1"]!;
  const hits = ({ count, positions }: Neighbours) =>
    Array.from(labels, (label, query) => label === labels[positions[query * count]!]);
  const [hitsByD, hitsByS] = [hits(byD), hits(byS)];
  const onlyD = hitsByD.filter((hit, query) => hit && !hitsByS[query]).length;
  const onlyS = hitsByS.filter((hit, query) => hit && !hitsByD[query]).length;
  const better = onlyD - onlyS > BEYOND_CHANCE * Math.sqrt(onlyD + onlyS);
  return { by: better ? "d" : "s", recallAt1: { d: recallAt1(byD), s: recallAt1(byS) } };
}
