import { UserError } from "../error.ts";
import type { Dataset } from "./folder.ts";

/**
 * Images by what they are used for, as indices into the data set. Classes never overlap. An image of a
 * test class is used for nothing if a training class holds the same bytes.
 */
export interface Split {
  /** The network learns from these. */
  train: number[];
  /** Training classes that the network does not learn from; they show progress and calibrate S. */
  heldOut: number[];
  /** Not seen before the final evaluation. */
  test: number[];
  /** Classes of one image, which give negatives but no positives. */
  singletons: string[];
}

/** A fifth of the training classes is held out if that makes at least two; at most 50. */
const HELD_OUT = { share: 1 / 5, atLeast: 2, atMost: 50, runs: 5 };

/**
 * Chooses the training classes that are held out: a few runs of neighbouring classes. Classes that look
 * alike often are neighbours by name, and a class whose look-alikes have trained is easier than a new one.
 */
function heldOutClasses(trainCount: number): Set<number> {
  const { share, atLeast, atMost, runs } = HELD_OUT;
  const count = Math.min(atMost, Math.floor(trainCount * share));
  if (count < atLeast) return new Set();
  // Each run of classes ends with its share of those that are held out.
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
 * The zero-shot protocol (Huang et al., section 4.1): the first classes in order train, and the rest
 * test. Every test class is new to the network, and so is every test image.
 *
 * @param trainClasses how many classes train; if all do, none are left to test on; default: as many as
 *   the data set itself says, else half
 * @throws UserError if there are fewer classes, or fewer than two training classes have two images
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
        `of ${classes.length} classes, the first ${trainCount} train`,
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
