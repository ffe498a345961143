import type { Manifest } from "../../../shared/package/manifest.ts";
import type { Embedded } from "../embedded.ts";
import type { Scorer } from "../scorer.ts";
import { hitsBy } from "./hits.ts";
import { chooseQueries } from "./queries.ts";

const share = (hits: readonly boolean[]) => hits.filter(Boolean).length / hits.length;

/** Standard deviations that chance exceeds one time in twenty (one-sided). */
const BEYOND_CHANCE = 1.645;

/**
 * Whether images are ranked by S or by distance: by S, unless distance has the nearest image of the
 * query's class so much more often that chance is unlikely, every image a query against all others. Of
 * queries that only one of the two gets right each would get half (McNemar, 1947): over a few hundred
 * held-out images the higher Recall@1 alone is a toss, and the local S ranked better wherever it was measured.
 *
 * @param given images of classes that are not those of the test
 * @param seed of the queries, where the images are too many for all of them to be one
 */
export function chooseRanking(
  scorer: Scorer,
  given: Embedded,
  seed: number,
): Pick<Manifest["ranking"], "by" | "recallAt1" | "queries"> {
  const embedded = chooseQueries(given, seed);
  const byD = hitsBy("d", scorer, embedded);
  const byS = hitsBy("s", scorer, embedded);
  const onlyD = byD.filter((hit, query) => hit && !byS[query]).length;
  const onlyS = byS.filter((hit, query) => hit && !byD[query]).length;
  const better = onlyD - onlyS > BEYOND_CHANCE * Math.sqrt(onlyD + onlyS);
  return {
    by: better ? "d" : "s",
    recallAt1: { d: share(byD), s: share(byS) },
    queries: embedded.queries,
  };
}
