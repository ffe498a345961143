import { describe, expect, it } from "vitest";
import { sample, sampleBelow, seededRandom } from "../../trainer/random.ts";
import { each } from "../oracles/numbers.ts";

const draw = (count: number, ...seed: number[]) => {
  const random = seededRandom(...seed);
  return each(count).map(random);
};

describe("seeded random numbers", () => {
  it("repeat for the same seed", () => {
    expect(draw(20, 7, 3)).toEqual(draw(20, 7, 3));
  });

  it("differ for neighbouring seeds and steps, and for swapped ones", () => {
    const firsts = each(30).flatMap((seed) => each(30).map((step) => draw(1, seed, step)[0]));
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it("are uniform in [0, 1), within a seed and over seeds", () => {
    const streams = [draw(20_000, 1), each(20_000).map((step) => draw(1, 5, step)[0])];
    for (const values of streams) {
      const bins = each(10).map(() => 0);
      for (const value of values) {
        expect(value >= 0 && value < 1).toBe(true);
        bins[Math.floor(value * 10)]++;
      }
      // Of 2,000 a bin; five standard deviations are 212.
      for (const count of bins) expect(Math.abs(count - 2000)).toBeLessThan(212);
    }
  });

  it("do not correlate with the next number or with the next step's", () => {
    const values = draw(20_000, 3);
    const steps = each(20_000).map((step) => draw(1, 9, step)[0]);
    for (const series of [values, steps]) {
      const products = series.slice(1).map((v, i) => (v - 0.5) * (series[i] - 0.5) * 12);
      const correlation = products.reduce((sum, p) => sum + p, 0) / products.length;
      expect(Math.abs(correlation)).toBeLessThan(0.04);
    }
  });
});

describe("sample", () => {
  const items = ["a", "b", "c", "d", "e"];

  it.each([0, 1, 3, 5])("gives %d distinct items and leaves the list alone", (count) => {
    const drawn = sample(items, count, seededRandom(2));
    expect(drawn).toHaveLength(count);
    expect(new Set(drawn).size).toBe(count);
    expect(drawn.every((item) => items.includes(item))).toBe(true);
    expect(items).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("gives each item each place equally often", () => {
    const counts = items.map(() => items.map(() => 0));
    const random = seededRandom(4);
    for (let round = 0; round < 5000; round++) {
      sample(items, 5, random).forEach((item, place) => counts[items.indexOf(item)][place]++);
    }
    for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(142);
  });
});

describe("sampleBelow", () => {
  it.each([0, 1, 3, 5])("gives %d distinct numbers of five", (count) => {
    const drawn = sampleBelow(5, count, seededRandom(2));
    expect(drawn).toHaveLength(count);
    expect(new Set(drawn).size).toBe(count);
    expect(drawn.every((number) => [0, 1, 2, 3, 4].includes(number))).toBe(true);
  });

  it("gives each set of three of six equally often", () => {
    const counts = new Map<string, number>();
    const random = seededRandom(4);
    for (let round = 0; round < 20_000; round++) {
      const set = sampleBelow(6, 3, random)
        .sort((a, b) => a - b)
        .join();
      counts.set(set, (counts.get(set) ?? 0) + 1);
    }
    // 20 sets, of each 1,000; five standard deviations are 154.
    expect(counts.size).toBe(20);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(154);
  });

  it("reaches numbers that 32 bits do not tell apart", () => {
    const drawn = sampleBelow(2 ** 52, 1000, seededRandom(7));
    const odd = drawn.filter((number) => number % 2 === 1).length;
    // Five standard deviations are 79.
    expect(Math.abs(odd - 500)).toBeLessThan(79);
    expect(Math.max(...drawn)).toBeGreaterThan(0.98 * 2 ** 52);
  });

  it("repeats for a seed", () => {
    const draw = () => sampleBelow(1e9, 50, seededRandom(3));
    expect(draw()).toEqual(draw());
  });
});
