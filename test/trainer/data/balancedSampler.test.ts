import { describe, expect, it } from "vitest";
import { BalancedSampler, type Batch } from "../../../trainer/data/balancedSampler.ts";
import { each } from "../../oracles/numbers.ts";

/** A data set by how many images each class has. */
const labelsOf = (...counts: number[]) =>
  Int32Array.from(counts.flatMap((count, label) => each(count).map(() => label)));

const shape = { classesPerBatch: 4, imagesPerClass: 3 };

function batchesOf(labels: Int32Array, seed = 1, items = each(labels.length)): BalancedSampler {
  return new BalancedSampler(items, labels, shape, seed);
}

const countByLabel = ({ labels }: Batch) => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
};

describe("balanced batches", () => {
  const plenty = labelsOf(...each(10).map(() => 6));

  it("hold the asked number of classes with the asked number of images", () => {
    for (const step of each(30)) {
      const counts = countByLabel(batchesOf(plenty).at(step));
      expect(counts.size).toBe(4);
      expect([...counts.values()]).toEqual([3, 3, 3, 3]);
    }
  });

  it("label each item as the data set does, and hold none twice", () => {
    const labels = labelsOf(6, 1, 2, 9, 3, 1);
    for (const step of each(50)) {
      const batch = batchesOf(labels).at(step);
      expect(batch.items.map((item) => labels[item])).toEqual(batch.labels);
      expect(new Set(batch.items).size).toBe(batch.items.length);
    }
  });

  it("are the same at a step whatever was drawn before", () => {
    const once = batchesOf(plenty);
    const straight = each(10).map((step) => once.at(step));
    expect(batchesOf(plenty).at(7)).toEqual(straight[7]);
    expect(once.at(7)).toEqual(straight[7]);
  });

  it("differ from step to step and from seed to seed", () => {
    expect(batchesOf(plenty, 1).at(3)).not.toEqual(batchesOf(plenty, 1).at(4));
    expect(batchesOf(plenty, 1).at(3)).not.toEqual(batchesOf(plenty, 2).at(3));
  });

  it("take only the items they were given", () => {
    const items = each(60).filter((item) => item % 2 === 1);
    for (const step of each(20)) {
      expect(
        batchesOf(plenty, 1, items)
          .at(step)
          .items.every((item) => item % 2 === 1),
      ).toBe(true);
    }
  });

  it("give every item its turn", () => {
    const seen = new Set(each(100).flatMap((step) => batchesOf(plenty).at(step).items));
    expect(seen.size).toBe(60);
  });

  it("fill up with more classes where classes are small", () => {
    const labels = labelsOf(2, 2, 2, 2, 2, 2, 2, 2);
    for (const step of each(20)) {
      const batch = batchesOf(labels).at(step);
      expect(batch.items).toHaveLength(12);
      expect([...countByLabel(batch).values()]).toEqual([2, 2, 2, 2, 2, 2]);
    }
  });

  it("never exceed their size, though the last class then gives less than it has", () => {
    const labels = labelsOf(2, 5, 5, 5, 5, 5, 1);
    for (const step of each(50)) {
      const batch = batchesOf(labels).at(step);
      expect(batch.items).toHaveLength(batchesOf(labels).size);
      expect(Math.max(...countByLabel(batch).values())).toBe(3);
    }
  });

  it("work with classes of one image", () => {
    const batch = batchesOf(labelsOf(...each(20).map(() => 1))).at(0);
    expect(new Set(batch.labels).size).toBe(12);
  });

  it("hold the whole data set where it is smaller than a batch", () => {
    const { items } = batchesOf(labelsOf(3, 1, 2)).at(5);
    expect([...items].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
