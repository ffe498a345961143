import { describe, expect, it } from "vitest";
import { samplePairs } from "../../../../trainer/evaluate/pairs/pairs.ts";
import { each } from "../../../oracles/numbers.ts";

describe("sampled pairs", () => {
  const labels = each(40).map((i) => i % 9);
  const pairs = samplePairs(labels, 1);

  it("are said to be same exactly where the classes are", () => {
    pairs.same.forEach((same, i) => {
      expect(labels[pairs.a[i]] === labels[pairs.b[i]]).toBe(same);
      expect(pairs.a[i]).not.toBe(pairs.b[i]);
    });
  });

  it("hold every same-class pair once, and as many others", () => {
    const expected = each(40).flatMap((i) =>
      each(40)
        .filter((j) => i < j && labels[i] === labels[j])
        .map((j) => `${i} ${j}`),
    );
    const positives = pairs.same.flatMap((same, i) =>
      same ? [`${pairs.a[i]} ${pairs.b[i]}`] : [],
    );
    expect([...positives].sort()).toEqual([...expected].sort());
    expect(pairs.same).toHaveLength(2 * expected.length);
  });

  it("repeat for a seed and differ for another", () => {
    expect(samplePairs(labels, 1)).toEqual(pairs);
    expect(samplePairs(labels, 2)).not.toEqual(pairs);
  });

  it("hold every different-class pair once where these are fewer", () => {
    const uneven = [3, 3, 0, 3, 3, 7, 3, 3, 3, 3];
    const { a, b, same } = samplePairs(uneven, 1);
    const negatives = same.flatMap((is, i) =>
      is ? [] : [[a[i], b[i]].sort((x, y) => x - y).join(" ")],
    );
    const expected = each(10).flatMap((i) =>
      each(10)
        .filter((j) => i < j && uneven[i] !== uneven[j])
        .map((j) => `${i} ${j}`),
    );
    expect([...negatives].sort()).toEqual([...expected].sort());
    expect(same.filter(Boolean)).toHaveLength(28);
  });

  // Of so many items all pairs would not fit into memory.
  it.each([420, 100_000])("stop at 20,000 of each kind, all distinct: of %d items", (n) => {
    const many = each(n).map((i) => i % 3);
    const { a, b, same } = samplePairs(many, 1);
    expect(same.filter(Boolean)).toHaveLength(20_000);
    expect(same).toHaveLength(40_000);
    const numbers = each(40_000).map((i) => Math.min(a[i], b[i]) * n + Math.max(a[i], b[i]));
    expect(new Set(numbers).size).toBe(40_000);
    expect(same.every((is, i) => is === (many[a[i]] === many[b[i]]))).toBe(true);
    // Of a uniform position the mean is n / 2; five standard deviations of it are 0.0052 n.
    const mean = each(40_000).reduce((sum, i) => sum + a[i] + b[i], 0) / 80_000;
    expect(Math.abs(mean - n / 2)).toBeLessThan(0.0052 * n);
  });

  it.each([
    { title: "no two items of a class", labels: [0, 1, 2], positives: 0 },
    { title: "one class", labels: [4, 4, 4], positives: 3 },
    { title: "no items", labels: [], positives: 0 },
  ])("come to an end with $title", ({ labels: few, positives }) => {
    const { a, same } = samplePairs(few, 1);
    expect(a).toHaveLength(positives);
    expect(same.every(Boolean)).toBe(true);
  });
});
