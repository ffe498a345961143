import { describe, expect, it } from "vitest";
import { probabilityOf } from "../../../shared/probability.ts";
import { calibrateOn } from "../../../trainer/evaluate/calibration.ts";
import type { Scorer } from "../../../trainer/evaluate/evaluate.ts";
import { each } from "../../oracles/numbers.ts";

// 8 classes of 4 images on a line: images of a class are near each other.
const labels = each(32).map((item) => Math.floor(item / 4));
const asked: number[][] = [];
const embed = (items: readonly number[]) => {
  asked.push([...items]);
  return {
    embeddings: Float32Array.from(items, (item) => labels[item] + 0.2 * (item % 4)),
    d: 1,
    labels: items.map((item) => labels[item]),
  };
};
const scorer: Scorer = {
  scorePairs: (embeddings, a, b) =>
    Float32Array.from(a, (item, pair) => -Math.abs(embeddings[item] - embeddings[b[pair]])),
  scoreRows: () => undefined,
};
const train = each(24);

describe("calibration", () => {
  it("is learned on held-out classes", () => {
    asked.length = 0;
    const heldOut = each(8).map((i) => 24 + i);
    const calibration = calibrateOn({ train, heldOut }, labels, scorer, embed, 1);
    expect(asked).toEqual([heldOut]);
    expect(calibration).toMatchObject({
      classes: "held-out",
      prior: 0.5,
      pairs: { positive: 12, negative: 12 },
    });
    expect(probabilityOf(calibration, -0.2)).toBeGreaterThan(0.5);
    expect(probabilityOf(calibration, -2)).toBeLessThan(0.5);
  });

  it.each([
    { title: "there are none", heldOut: [] },
    { title: "there is only one class", heldOut: [28, 29, 30] },
    { title: "no class has two images", heldOut: [24, 28] },
  ])("falls back to training classes where of held-out ones $title", ({ heldOut }) => {
    asked.length = 0;
    const calibration = calibrateOn({ train, heldOut }, labels, scorer, embed, 1);
    expect(asked).toEqual([train]);
    expect(calibration).toMatchObject({
      classes: "training",
      pairs: { positive: 36, negative: 36 },
    });
  });

  it("gives the logistic function of S", () => {
    expect(probabilityOf({ slope: 2, intercept: -1 }, 0.5)).toBe(0.5);
    expect(probabilityOf({ slope: 2, intercept: -1 }, 1)).toBeCloseTo(Math.E / (1 + Math.E), 12);
  });
});
