import { describe, expect, it } from "vitest";
import { NonFiniteError } from "../../../../trainer/finite.ts";
import { areaUnderRoc } from "../../../../trainer/evaluate/pairs/auc.ts";
import { each, numbers } from "../../../oracles/numbers.ts";

/** Counts, of all pairs of a positive and a negative, how many are in order; ties half. */
function naiveAuc(scores: ArrayLike<number>, same: boolean[]): number {
  const of = (kind: boolean) => each(same.length).filter((i) => same[i] === kind);
  const wins = of(true).flatMap((p) =>
    of(false).map((n) => (scores[p] > scores[n] ? 1 : scores[p] === scores[n] ? 0.5 : 0)),
  );
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
}

describe("the area under the ROC curve", () => {
  it.each([
    { title: "distinct scores", levels: 1e6 },
    { title: "many ties", levels: 4 },
    { title: "nothing but ties", levels: 0 },
  ])("is the share of pairs in order: $title", ({ levels }) => {
    for (const seed of each(10)) {
      const scores = numbers(50, seed).map((v) => Math.round(v * levels));
      const same = Array.from(
        numbers(50, seed + 100),
        (v, i) => v + scores[i] / (levels + 1) > 0.2,
      );
      expect(areaUnderRoc(scores, same)).toBeCloseTo(naiveAuc(scores, same), 12);
    }
  });

  it("is one for perfect order and zero for the reverse", () => {
    const scores = Float32Array.of(-3, -2, 5, 6);
    expect(areaUnderRoc(scores, [false, false, true, true])).toBe(1);
    expect(areaUnderRoc(scores, [true, true, false, false])).toBe(0);
  });

  it.each([NaN, Infinity, -Infinity])("is refused where a score is %f", (score) => {
    const scores = Float32Array.of(1, score, 2);
    const refused = () => areaUnderRoc(scores, [true, false, true]);
    expect(refused).toThrow(NonFiniteError);
    expect(refused).toThrow(`the scores hold ${score} instead of finite numbers`);
  });

  it("is a half where a kind is missing", () => {
    expect(areaUnderRoc(Float32Array.of(1, 2), [true, true])).toBe(0.5);
    expect(areaUnderRoc(Float32Array.of(1, 2), [false, false])).toBe(0.5);
    expect(areaUnderRoc(new Float32Array(), [])).toBe(0.5);
  });
});
