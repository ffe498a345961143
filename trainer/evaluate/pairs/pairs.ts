import { sample, seededRandom } from "../../random.ts";

/** Pairs of items by position, and whether they are of one class. */
export interface LabelledPairs {
  a: Int32Array;
  b: Int32Array;
  same: boolean[];
}

const MAX_POSITIVES = 20_000;

/**
 * Same-class pairs (all, or 20,000 drawn at random) and as many different-class pairs.
 *
 * @param labels the class of each item
 */
export function samplePairs(labels: ArrayLike<number>, seed: number): LabelledPairs {
  const n = labels.length;
  const random = seededRandom(seed, n);
  const positives: [number, number][] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) if (labels[i] === labels[j]) positives.push([i, j]);
  }
  const kept = sample(positives, Math.min(MAX_POSITIVES, positives.length), random);
  const negatives: [number, number][] = [];
  const mixed = new Set(Array.from(labels)).size > 1;
  while (mixed && negatives.length < kept.length) {
    const [i, j] = [Math.floor(random() * n), Math.floor(random() * n)];
    if (labels[i] !== labels[j]) negatives.push([i, j]);
  }
  const pairs = [...kept, ...negatives];
  return {
    a: Int32Array.from(pairs, ([i]) => i),
    b: Int32Array.from(pairs, ([, j]) => j),
    same: pairs.map((_, at) => at < kept.length),
  };
}
