import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import {
  clusterNmi,
  normalizedMutualInformation,
} from "../../../../trainer/evaluate/clusters/nmi.ts";
import { clusters } from "../../../oracles/clusters.ts";
import { each, numbers } from "../../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** 2 I / (H + H) from I's own definition, sum p(c, l) log(p(c, l) / p(c) p(l)). */
function naiveNmi(c: number[], l: number[]): number {
  const share = (test: (item: number) => boolean) => each(c.length).filter(test).length / c.length;
  const entropy = (values: number[]) =>
    [...new Set(values)].reduce((sum, value) => {
      const p = share((item) => values[item] === value);
      return sum - p * Math.log(p);
    }, 0);
  let information = 0;
  for (const a of new Set(c)) {
    for (const b of new Set(l)) {
      const joint = share((item) => c[item] === a && l[item] === b);
      const independent = share((item) => c[item] === a) * share((item) => l[item] === b);
      if (joint > 0) information += joint * Math.log(joint / independent);
    }
  }
  return (2 * information) / (entropy(c) + entropy(l));
}

describe("normalised mutual information", () => {
  it("agrees with its definition", () => {
    for (const seed of each(10)) {
      const c = Array.from(numbers(60, seed), (value) => Math.floor(value * 4));
      const l = Array.from(numbers(60, seed + 50), (v, i) => Math.floor(v * 2 + c[i] / 2));
      expect(normalizedMutualInformation(c, l)).toBeCloseTo(naiveNmi(c, l), 12);
      expect(normalizedMutualInformation(l, c)).toBeCloseTo(naiveNmi(c, l), 12);
    }
  });

  it("is one for the same partition under other names", () => {
    expect(normalizedMutualInformation([0, 0, 1, 2, 2], [7, 7, 3, 5, 5])).toBeCloseTo(1, 12);
    expect(normalizedMutualInformation([4, 4], [9, 9])).toBe(1);
  });

  it("is zero where one says nothing of the other", () => {
    expect(normalizedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo(0, 12);
    expect(normalizedMutualInformation([0, 0, 0, 0], [0, 1, 0, 1])).toBeCloseTo(0, 12);
  });
});

describe("NMI of k-means clusters", () => {
  it("falls as the classes run into each other", () => {
    const of = (noise: number) => {
      const { flat, labels } = clusters(8, 12, 6, noise, 1);
      return clusterNmi(flat, 6, labels, 1);
    };
    expect(of(0.1)).toBeCloseTo(1, 12);
    expect(of(1)).toBeLessThan(0.99);
    expect(of(1)).toBeGreaterThan(of(10) + 0.1);
  });

  it("repeats for a seed", () => {
    const { flat, labels } = clusters(8, 12, 6, 1, 1);
    expect(clusterNmi(flat, 6, labels, 3)).toBe(clusterNmi(flat, 6, labels, 3));
  });
});
