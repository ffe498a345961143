import { describe, expect, it } from "vitest";
import { describeValues } from "../../../trainer/paper/statistics.ts";

describe("figures over the seeds", () => {
  it("have a mean and the sample's standard deviation", () => {
    const values = [0.31, 0.35, 0.47, 0.29];
    const mean = (0.31 + 0.35 + 0.47 + 0.29) / 4;
    let squares = 0;
    for (const value of values) squares += (value - mean) * (value - mean);
    const { mean: found, deviation } = describeValues(values);
    expect(found).toBeCloseTo(mean, 12);
    expect(deviation).toBeCloseTo(Math.sqrt(squares / 3), 12);
  });

  it("of a single seed have no deviation", () => {
    expect(describeValues([0.5])).toEqual({ mean: 0.5, deviation: null });
  });
});
