import { expect, it } from "vitest";
import { averagePrecisionAtR } from "../../../../trainer/evaluate/ranking/mapAtR.ts";
import { each, numbers } from "../../../oracles/numbers.ts";

it.each([
  { nearest: [true], expected: 1 },
  { nearest: [false], expected: 0 },
  { nearest: [true, false], expected: 1 / 2 },
  { nearest: [false, true], expected: 1 / 2 / 2 },
  { nearest: [true, false, true, true, false], expected: (1 + 2 / 3 + 3 / 4) / 5 },
])("AP@R takes precision only where the class is right: $nearest", ({ nearest, expected }) => {
  expect(averagePrecisionAtR(nearest)).toBeCloseTo(expected, 12);
});

it("AP@R is the mean of the precisions at hits, by the definition", () => {
  for (const seed of each(20)) {
    const nearest = Array.from(numbers(30, seed), (value) => value > 0.2);
    const precisionAt = (i: number) => nearest.slice(0, i).filter(Boolean).length / i;
    const terms = nearest.map((isSame, at) => (isSame ? precisionAt(at + 1) : 0));
    const expected = terms.reduce((sum, term) => sum + term, 0) / 30;
    expect(averagePrecisionAtR(nearest)).toBeCloseTo(expected, 12);
  }
});
