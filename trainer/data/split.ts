import { UserError } from "../error.ts";
import type { Dataset } from "./folder.ts";

/**
 * Images by what they are used for, as indices into the data set. Classes never overlap. An image of a
 * test class that training classes hold byte for byte is used for nothing.
 */
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

/** A fifth of the training classes is held out, where that makes two; 50 are enough, the rest train. */
const HELD_OUT = { share: 1 / 5, atLeast: 2, atMost: 50, runs: 5 };

/**
 * Which training classes are held out: a few runs of classes next to each other. Look-alikes often are
 * neighbours by name, and classes whose look-alikes have trained would be easier than new ones.
 */
function heldOutClasses(trainCount: number): Set<number> {
  const { share, atLeast, atMost, runs } = HELD_OUT;
  const count = Math.min(atMost, Math.floor(trainCount * share));
  if (count < atLeast) return new Set();
  // As many of each run's end as are due by then.
  const due = (run: number) => Math.floor((run * count) / runs);
  const ends = Array.from({ length: runs }, (_, run) =>
    Math.round(((run + 1) * trainCount) / runs),
  );
  return new Set(
    ends.flatMap((end, run) =>
      Array.from({ length: due(run + 1) - due(run) }, (_, back) => end - 1 - back),
    ),
  );
}

/**
 * The zero-shot protocol (Huang et al., section 4.1): the first classes in order train, the rest
 * test, so that every test class is new to the network, and so is every test image.
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
  labels.forEach((label, i) => members[label]!.push(i));
  const trainCount = trainClasses ?? data.trainClasses ?? Math.round(classes.length / 2);
  const heldOut = heldOutClasses(trainCount);
  const roles = classes.map((_, label) => {
    if (label >= trainCount) return "test";
    return heldOut.has(label) ? "heldOut" : "train";
  });
  const usable = members.filter((items, label) => roles[label] === "train" && items.length > 1);
  if (usable.length < 2) {
    throw new UserError(
      `training needs at least 2 classes of 2 images, here are ${usable.length}: ` +
        `${classes.length} classes, of which the first ${trainCount} train`,
    );
  }
  const isTest = (item: number) => roles[labels[item]!] === "test";
  const known = new Set(data.copies.filter((items) => !items.every(isTest)).flat());
  const used = members.map((items) => items.filter((item) => !isTest(item) || !known.has(item)));
  const imagesOf = (role: string) => used.flatMap((items, i) => (roles[i] === role ? items : []));
  return {
    train: imagesOf("train"),
    heldOut: imagesOf("heldOut"),
    test: imagesOf("test"),
    singletons: classes.filter((_, label) => used[label]!.length === 1),
  };
}
