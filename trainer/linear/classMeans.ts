import type { Embedded } from "../evaluate/embedded.ts";
import { positionIn } from "../positions.ts";

export interface ClassMeans {
  /** The classes, in order of their first appearance. */
  classes: number[];
  /** classes * d values, in that order. */
  means: Float32Array;
}

/** The mean embedding of each class. */
export function classMeans({ embeddings, d, labels }: Embedded): ClassMeans {
  const classes = [...new Set(Array.from(labels))];
  const positionOf = positionIn(classes);
  const sums = new Float64Array(classes.length * d);
  const sizes = new Int32Array(classes.length);
  for (let item = 0; item < labels.length; item++) {
    const at = positionOf(labels[item]!);
    sizes[at]!++;
    for (let k = 0; k < d; k++) sums[at * d + k]! += embeddings[item * d + k]!;
  }
  return { classes, means: Float32Array.from(sums, (sum, at) => sum / sizes[Math.floor(at / d)]!) };
}
