import type { Dataset } from "../data/folder.ts";
import type { Split } from "../data/split.ts";

/** How many images each class has. */
function sizesOf(items: readonly number[], labels: ArrayLike<number>): number[] {
  const sizes = new Map<number, number>();
  for (const item of items) sizes.set(labels[item]!, (sizes.get(labels[item]!) ?? 0) + 1);
  return [...sizes.values()];
}

/** Why images have no pairs to compare; null where they have pairs of one class and of two. */
function obstacleOf(
  items: readonly number[],
  labels: ArrayLike<number>,
): "classes" | "pairs" | null {
  const sizes = sizesOf(items, labels);
  if (sizes.length < 2) return "classes";
  return sizes.every((size) => size < 2) ? "pairs" : null;
}

/** Why nothing can be measured on the test classes, as a sentence; null where it can. */
export function testObstacle(
  { classes, labels }: Pick<Dataset, "classes" | "labels">,
  { test }: Pick<Split, "test">,
): string | null {
  const obstacle = obstacleOf(test, labels);
  if (obstacle === null) return null;
  if (obstacle === "pairs") return "No unseen class has two images, so there is nothing to find.";
  const unseen = sizesOf(test, labels).length;
  return (
    `To measure takes 2 unseen classes, here are ${unseen} of ${classes.length}: ` +
    "choose fewer --train-classes."
  );
}

/**
 * The images that tell how a network does on classes that have not trained: those of held-out classes, or
 * of training classes where the held-out ones have no pair of one class or none of two.
 *
 * @param labels the class of each image of the data set
 */
export function validationItems(
  { train, heldOut }: Pick<Split, "train" | "heldOut">,
  labels: ArrayLike<number>,
): { classes: "held-out" | "training"; items: number[] } {
  return obstacleOf(heldOut, labels) === null
    ? { classes: "held-out", items: heldOut }
    : { classes: "training", items: train };
}
