import { type Random, sample, seededRandom } from "../random.ts";

/** A batch: indices of images in the data set and, at the same positions, their labels. */
export interface Batch {
  items: number[];
  labels: number[];
}

export interface BatchShape {
  classesPerBatch: number;
  imagesPerClass: number;
}

/**
 * Class-balanced batches: each holds `classesPerBatch` classes with `imagesPerClass` images. A class
 * with fewer images gives all of them, and more classes fill the batch. Classes of one image only give
 * negatives. Each step has its own random numbers, so a resumed run draws the same batches as one
 * that was never interrupted.
 */
export class BalancedSampler {
  private readonly classes: { label: number; items: number[] }[];

  constructor(
    items: readonly number[],
    labels: Int32Array,
    private readonly shape: BatchShape,
    private readonly seed: number,
  ) {
    const byLabel = new Map<number, number[]>();
    for (const item of items) {
      const members = byLabel.get(labels[item]!) ?? [];
      members.push(item);
      byLabel.set(labels[item]!, members);
    }
    this.classes = Array.from(byLabel, ([label, members]) => ({ label, items: members }));
  }

  /** Images in a full batch; fewer when the data set holds fewer. */
  get size(): number {
    return this.shape.classesPerBatch * this.shape.imagesPerClass;
  }

  at(step: number): Batch {
    const random: Random = seededRandom(this.seed, step);
    const batch: Batch = { items: [], labels: [] };
    for (const { label, items } of sample(this.classes, this.classes.length, random)) {
      const room = this.size - batch.items.length;
      const count = Math.min(room, this.shape.imagesPerClass, items.length);
      batch.items.push(...sample(items, count, random));
      batch.labels.push(...Array.from({ length: count }, () => label));
      if (room === count) break;
    }
    return batch;
  }
}
