import { type Embedded, join, pick } from "../embedded.ts";
import { nearestClassMeanAccuracy, nearestNeighbourAccuracy, splitHalves } from "./transfer.ts";
import { zeroShotHits } from "./zeroShot.ts";

/** What an embedding is good for beyond retrieval; every figure is averaged per class, 0 to 1. */
export interface Protocols {
  /** Accuracy on test classes, half of their images known: transfer.ts. */
  transfer: { classMeans: number; neighbours: number };
  /** Hit@k by k, 1 to 5, on the same images, the seen classes among the answers: zeroShot.ts. */
  zeroShot: Record<string, number>;
}

/** How many neighbours vote. */
export const VOTES = 5;

/**
 * Transfer and zero-shot recognition of the test classes: a random half of each class's images is
 * known, the other half is asked for.
 *
 * @param seen images of classes that were trained on, and are wrong answers in zero-shot recognition
 * @param test images of other classes
 * @param seed of the halves
 */
export function measureProtocols(seen: Embedded, test: Embedded, seed: number): Protocols {
  const halves = splitHalves(test.labels, seed);
  const [reference, query] = [pick(test, halves.reference), pick(test, halves.query)];
  return {
    transfer: {
      classMeans: nearestClassMeanAccuracy(reference, query),
      neighbours: nearestNeighbourAccuracy(reference, query, VOTES),
    },
    zeroShot: zeroShotHits(join(seen, reference), query),
  };
}
