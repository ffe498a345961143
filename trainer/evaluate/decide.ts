import type * as z from "zod";
import { manifestSchema } from "../../shared/package/manifest.ts";
import type { Split } from "../data/split.ts";
import { calibrateOn } from "./pairs/calibration.ts";
import type { Embedded } from "./embedded.ts";
import type { Scorer } from "./scorer.ts";
import { chooseRanking } from "./ranking/ranking.ts";
import { validationItems } from "./testable.ts";

export const decisionsSchema = manifestSchema.pick({ calibration: true, ranking: true });

/** How S becomes a probability, and what ranks: what held-out classes decide of a trained network. */
export type Decisions = z.infer<typeof decisionsSchema>;

/**
 * Decides by the held-out classes, as long as S and head have not seen them.
 *
 * @param labels the class of each image of the data set
 * @param embed embeds some of these images
 */
export function decide(
  scorer: Scorer,
  split: Pick<Split, "train" | "heldOut">,
  labels: ArrayLike<number>,
  embed: (items: readonly number[]) => Embedded,
  seed: number,
): Decisions {
  const { classes, items } = validationItems(split, labels);
  const embedded = embed(items);
  return {
    calibration: calibrateOn(scorer, embedded, classes, seed),
    ranking: { ...chooseRanking(scorer, embedded, seed), classes },
  };
}
