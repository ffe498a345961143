import { sample, seededRandom } from "../../random.ts";
import { classMeans } from "../../linear/classMeans.ts";
import { eachCosineRow } from "../ranking/cosines.ts";
import type { Embedded } from "../embedded.ts";
import { largest } from "../ranking/largest.ts";
import { averagePerClass } from "./perClass.ts";

/**
 * Transfer to new classes (the protocol of Huang et al. on ImageNet-10K): the embedding stays as it is, and
 * a few labelled images of classes that it has never seen make a classifier of it.
 */

/**
 * Splits each class at random into a half for reference and a half to ask for; of an odd number, the
 * reference has one more. A class of one item has it in the reference.
 *
 * @param labels the class of each item
 * @returns positions of items; a class is split alike whatever other classes there are
 */
export function splitHalves(
  labels: ArrayLike<number>,
  seed: number,
): { reference: number[]; query: number[] } {
  const members = new Map<number, number[]>();
  Array.from(labels).forEach((label, item) => {
    const items = members.get(label) ?? [];
    items.push(item);
    members.set(label, items);
  });
  const reference: number[] = [];
  const query: number[] = [];
  for (const [label, items] of members) {
    const shuffled = sample(items, items.length, seededRandom(seed, label));
    const half = Math.ceil(items.length / 2);
    reference.push(...shuffled.slice(0, half));
    query.push(...shuffled.slice(half));
  }
  return { reference, query };
}

/**
 * Nearest class mean: a query is of the class whose mean reference embedding has the largest cosine.
 *
 * @returns accuracy averaged over the classes of the queries, 0 to 1
 */
export function nearestClassMeanAccuracy(reference: Embedded, query: Embedded): number {
  const { classes, means } = classMeans(reference);
  const right = new Uint8Array(query.labels.length);
  eachCosineRow(query.embeddings, means, query.d, (item, cosines) => {
    const best = largest(cosines, 1)[0]!;
    right[item] = classes[best] === query.labels[item] ? 1 : 0;
  });
  return averagePerClass(right, query.labels);
}

/** The class of most neighbours; of equally many, the class whose cosines sum to more. */
function vote(
  cosines: Float32Array,
  nearest: readonly number[],
  labels: ArrayLike<number>,
): number {
  const votes = new Map<number, { count: number; cosine: number }>();
  for (const item of nearest) {
    const { count, cosine } = votes.get(labels[item]!) ?? { count: 0, cosine: 0 };
    votes.set(labels[item]!, { count: count + 1, cosine: cosine + cosines[item]! });
  }
  return [...votes].sort(([, a], [, b]) => b.count - a.count || b.cosine - a.cosine)[0]![0];
}

/**
 * k nearest neighbours: a query is of the class of most of its k nearest reference embeddings by
 * cosine; where classes tie, of the one that is more similar in sum.
 *
 * @param k 1 or more; all of the reference where it has fewer
 * @returns accuracy averaged over the classes of the queries, 0 to 1
 */
export function nearestNeighbourAccuracy(reference: Embedded, query: Embedded, k: number): number {
  const right = new Uint8Array(query.labels.length);
  eachCosineRow(query.embeddings, reference.embeddings, query.d, (item, cosines) => {
    const answer = vote(cosines, largest(cosines, k), reference.labels);
    right[item] = answer === query.labels[item] ? 1 : 0;
  });
  return averagePerClass(right, query.labels);
}
