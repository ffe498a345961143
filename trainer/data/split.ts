import { UserError } from "../error.ts";
import type { Dataset } from "./folder.ts";

/** Images by what they are used for, as indices into the data set. Classes never overlap. */
export interface Split {
  /** The network learns from these. */
  train: number[];
  /** Training classes that the network does not learn from: progress, calibration. */
  heldOut: number[];
  /** Never seen before the final evaluation. */
  test: number[];
  /** Classes of one image: they serve as negatives, never as positives. */
  singletons: string[];
}

/** Every tenth training class is held out, where that makes at least two. */
const HELD_OUT_EVERY = 10;

/**
 * The zero-shot protocol (Huang et al., section 4.1): the first classes in order train, the rest
 * test, so that every test class is new to the network.
 *
 * @param trainClasses how many train (all: nothing is left to test on); default: what the data set
 *   itself says, else half
 * @throws UserError where there are fewer classes, or fewer than two training classes have two images
 */
export function splitByClass(data: Dataset, trainClasses?: number): Split {
  const { classes, labels } = data;
  if (trainClasses !== undefined && trainClasses > classes.length) {
    throw new UserError(
      `${trainClasses} classes are to train (--train-classes), but there are only ${classes.length}`,
    );
  }
  const members = classes.map((): number[] => []);
  labels.forEach((label, i) => members[label].push(i));
  const trainCount = trainClasses ?? data.trainClasses ?? Math.round(classes.length / 2);
  const holdOut = trainCount >= 2 * HELD_OUT_EVERY;
  const roles = classes.map((_, label) => {
    if (label >= trainCount) return "test";
    return holdOut && label % HELD_OUT_EVERY === HELD_OUT_EVERY - 1 ? "heldOut" : "train";
  });
  const usable = members.filter((items, label) => roles[label] === "train" && items.length > 1);
  if (usable.length < 2) {
    throw new UserError(
      `training needs at least 2 classes of 2 images, here are ${usable.length}: ` +
        `${classes.length} classes, of which the first ${trainCount} train`,
    );
  }
  const imagesOf = (role: string) =>
    members.flatMap((items, i) => (roles[i] === role ? items : []));
  return {
    train: imagesOf("train"),
    heldOut: imagesOf("heldOut"),
    test: imagesOf("test"),
    singletons: classes.filter((_, label) => members[label].length === 1),
  };
}
