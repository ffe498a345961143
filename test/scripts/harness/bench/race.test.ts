import { describe, expect, it } from "vitest";
import { type Contestant, race } from "../../../../scripts/harness/bench/race.ts";
import { median } from "../../../../scripts/harness/measure/quantile.ts";

describe("median", () => {
  it("is the middle, or between the two in the middle", () => {
    expect(median([3])).toBe(3);
    expect(median([9, 1, 4])).toBe(4);
    expect(median([9, 1, 4, 5])).toBe(4.5);
  });
});

describe("race", () => {
  const { signal } = new AbortController();

  it("fills turns, gives everybody as many, and takes medians", async () => {
    const turns: string[] = [];
    const asked = new Map<string, number>();
    /** Takes so long a run; one turn of it is disturbed. */
    const contestant =
      (name: string, msOfRun: number): Contestant =>
      (runs) => {
        turns.push(name);
        asked.set(name, runs);
        const disturbance = turns.length % 7 === 0 ? 1000 : 0;
        return Promise.resolve(runs * msOfRun + disturbance);
      };
    const contestants = new Map([
      ["fast", contestant("fast", 0.01)],
      ["slow", contestant("slow", 30)],
    ]);
    const rounds = 9;
    const times = await race(contestants, { rounds, turnMs: 100, signal });
    expect(times.get("fast")).toBeCloseTo(0.01);
    expect(times.get("slow")).toBeCloseTo(30);
    expect((asked.get("fast") ?? 0) * 0.01).toBeGreaterThan(50);
    expect(asked.get("slow")).toBeLessThan(5);
    const measured = turns.slice(-2 * rounds);
    for (let round = 0; round < rounds; round++) {
      expect(new Set(measured.slice(2 * round, 2 * round + 2)).size).toBe(2);
    }
    expect(measured.filter((name, i) => i % 2 === 0 && name === "fast").length).toBeGreaterThan(0);
    expect(measured.filter((name, i) => i % 2 === 0 && name === "slow").length).toBeGreaterThan(0);
  });

  it("stops where it is told to", async () => {
    const stop = new AbortController();
    const contestant: Contestant = () => {
      stop.abort();
      return Promise.resolve(1);
    };
    const pace = { rounds: 3, turnMs: 1, signal: stop.signal };
    await expect(race(new Map([["one", contestant]]), pace)).rejects.toThrow(/abort/);
  });
});
