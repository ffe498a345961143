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

  it("stop at 20,000 same-class pairs, all distinct", () => {
    const { a, b, same } = samplePairs(
      each(420).map((i) => i % 3),
      1,
    );
    expect(same.filter(Boolean)).toHaveLength(20_000);
    expect(same).toHaveLength(40_000);
    const distinct = new Set(each(20_000).map((i) => a[i] * 1000 + b[i]));
    expect(distinct.size).toBe(20_000);
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
