import type { Manifest } from "../../shared/package/manifest.ts";
import type { Split } from "../data/split.ts";
import { calibrate } from "./calibrate.ts";
import { type Embedded, measurePairs, type Scorer } from "./evaluate.ts";
import { samplePairs } from "./pairs.ts";

export type Calibration = Manifest["calibration"];

const count = (same: boolean[], value: boolean) => same.filter((it) => it === value).length;

/**
 * The images that teach what is decided after training: those of held-out classes, or of training
 * classes where the held-out ones have no pair of one class or none of two.
 *
 * @param labels the class of each image of the data set
 */
export function validationItems(
  { train, heldOut }: Pick<Split, "train" | "heldOut">,
  labels: ArrayLike<number>,
): { classes: Calibration["classes"]; items: number[] } {
  const classes = new Set(heldOut.map((item) => labels[item])).size;
  const enough = classes > 1 && classes < heldOut.length;
  return enough ? { classes: "held-out", items: heldOut } : { classes: "training", items: train };
}

/** How S becomes a probability. @param embedded images of classes that are not those of the test */
export function calibrateOnImages(
  scorer: Scorer,
  embedded: Embedded,
  classes: Calibration["classes"],
  seed: number,
): Calibration {
  const pairs = samplePairs(embedded.labels, seed);
  const { scores } = measurePairs(scorer, embedded, pairs);
  return {
    ...calibrate(scores, pairs.same),
    prior: 0.5,
    classes,
    pairs: { positive: count(pairs.same, true), negative: count(pairs.same, false) },
  };
}

/**
 * How S becomes a probability, learned on the images for that.
 *
 * @param labels the class of each image of the data set
 * @param embed embeds some of these images
 */
export function calibrateOn(
  split: Pick<Split, "train" | "heldOut">,
  labels: ArrayLike<number>,
  scorer: Scorer,
  embed: (items: readonly number[]) => Embedded,
  seed: number,
): Calibration {
  const { classes, items } = validationItems(split, labels);
  return calibrateOnImages(scorer, embed(items), classes, seed);
}
