import { beforeAll, describe, expect, it } from "vitest";
import { probabilityOf } from "../../../shared/probability.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { decide } from "../../../trainer/evaluate/decide.ts";
import type { Scorer } from "../../../trainer/evaluate/scorer.ts";
import { each } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

// 8 classes of 4 images on a part of a circle: images of a class are near each other.
const labels = each(32).map((item) => Math.floor(item / 4));
const angleOf = (item: number) => 0.3 * labels[item] + 0.05 * (item % 4);
const asked: number[][] = [];
const embed = (items: readonly number[]) => {
  asked.push([...items]);
  return {
    embeddings: Float32Array.from(
      items.flatMap((item) => [Math.cos(angleOf(item)), Math.sin(angleOf(item))]),
    ),
    d: 2,
    labels: items.map((item) => labels[item]),
  };
};
const angle = (embeddings: Float32Array, row: number) =>
  Math.atan2(embeddings[2 * row + 1], embeddings[2 * row]);
/** S is how near two angles are, or how far. */
const scorerOf = (sign: number): Scorer => {
  const score = (embeddings: Float32Array, i: number, j: number) =>
    -sign * Math.abs(angle(embeddings, i) - angle(embeddings, j));
  return {
    scorePairs: (embeddings, a, b) =>
      Float32Array.from(a, (item, pair) => score(embeddings, item, b[pair])),
    scoreRows: (embeddings, count, visit) => {
      const all = each(embeddings.length / 2);
      each(count).forEach((i) =>
        visit(
          i,
          Float32Array.from(all, (j) => score(embeddings, i, j)),
        ),
      );
    },
  };
};
const train = each(24);
const decideBy = (heldOut: number[], sign = 1) => {
  asked.length = 0;
  return decide(scorerOf(sign), { train, heldOut }, labels, embed, 1);
};

describe("what is decided after training", () => {
  const heldOut = each(8).map((i) => 24 + i);

  it("is decided by held-out classes", () => {
    const { calibration, ranking } = decideBy(heldOut);
    expect(asked).toEqual([heldOut]);
    expect(calibration).toMatchObject({
      classes: "held-out",
      prior: 0.5,
      pairs: { positive: 12, negative: 12 },
    });
    expect(probabilityOf(calibration, -0.05)).toBeGreaterThan(0.5);
    expect(probabilityOf(calibration, -0.5)).toBeLessThan(0.5);
    const recallAt1 = { d: 1, s: 1 };
    expect(ranking).toEqual({ by: "s", recallAt1, classes: "held-out", queries: 8 });
  });

  it("is that D ranks where S finds the wrong ones", () => {
    expect(decideBy(heldOut, -1).ranking).toMatchObject({ by: "d", recallAt1: { d: 1, s: 0 } });
  });

  it.each([
    { title: "there are none", heldOut: [] },
    { title: "there is only one class", heldOut: [28, 29, 30] },
    { title: "no class has two images", heldOut: [24, 28] },
  ])("is decided by training classes where of held-out ones $title", (given) => {
    const { calibration, ranking } = decideBy(given.heldOut);
    expect(asked).toEqual([train]);
    expect(calibration).toMatchObject({
      classes: "training",
      pairs: { positive: 36, negative: 36 },
    });
    expect(ranking).toMatchObject({ classes: "training", queries: 24 });
  });
});

describe("a probability", () => {
  it("is the logistic function of S", () => {
    expect(probabilityOf({ slope: 2, intercept: -1 }, 0.5)).toBe(0.5);
    expect(probabilityOf({ slope: 2, intercept: -1 }, 1)).toBeCloseTo(Math.E / (1 + Math.E), 12);
  });
});
