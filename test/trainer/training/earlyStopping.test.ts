import { describe, expect, it } from "vitest";
import { EarlyStopping } from "../../../trainer/training/earlyStopping.ts";

/** What is the best so far, and when it is over, as recalls come in. */
function watch(patience: number, recalls: number[]) {
  const stopping = new EarlyStopping(patience);
  return recalls.map((recall) => {
    const best = stopping.sees(recall);
    return `${best ? "best" : "worse"}${stopping.isOver ? ", over" : ""}`;
  });
}

describe("early stopping", () => {
  it("is over after so many evaluations without a better one", () => {
    expect(watch(2, [0.1, 0.3, 0.2, 0.25])).toEqual(["best", "best", "worse", "worse, over"]);
  });

  it("counts anew from every better one", () => {
    const recalls = [0.1, 0.05, 0.2, 0.15, 0.3, 0.1, 0.1];
    const seen = ["best", "worse", "best", "worse", "best", "worse", "worse, over"];
    expect(watch(2, recalls)).toEqual(seen);
  });

  it("takes an equal one for no better: the first of equals is kept", () => {
    expect(watch(1, [0, 0])).toEqual(["best", "worse, over"]);
  });

  it("is never over with a patience of 0, but still knows the best", () => {
    expect(watch(0, [0.5, 0.4, 0.3, 0.6])).toEqual(["best", "worse", "worse", "best"]);
  });

  it("is not over before it has seen anything", () => {
    expect(new EarlyStopping(1).isOver).toBe(false);
  });
});
