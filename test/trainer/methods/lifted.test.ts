import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { liftedLoss } from "../../../trainer/methods/lifted.ts";
import { naiveLifted } from "../../oracles/losses.ts";
import { numbers } from "../../oracles/numbers.ts";
import { batches, batchesWithoutTriplet, expectLoss, expectZero, run } from "./losses/check.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** Distances up to 2, as of unit vectors. They are not symmetric, so that mixing up i and j shows. */
const distances = (n: number) => numbers(n * n, n).map((value) => value + 1);

describe("the lifted structured loss", () => {
  it.each(batches)("equals the naive sums, and so does its gradient: $title", ({ labels }) => {
    for (const margin of [0.5, 1, 3]) {
      expectLoss(
        distances(labels.length),
        (d) => liftedLoss(d, labels, margin),
        (rows) => naiveLifted(rows, labels, margin),
      );
    }
  });

  it("is zero, with a zero gradient, if the negatives are far enough", () => {
    const d = Float32Array.from([0, 0.1, 9, 0.1, 0, 9, 9, 9, 0]);
    expectZero(d, (x) => liftedLoss(x, [0, 0, 1], 1));
  });

  it("stays finite if the exponentials overflow", () => {
    const d = Float32Array.from([0, 1, 1, 1, 0, 1, 1, 1, 0]);
    const { value, gradient } = run(d, (x) => liftedLoss(x, [0, 0, 1], 1001));
    // J = log(2 e^1000) + 1. Its derivative is 1 by the positive and -1/2 by each negative distance.
    const j = 1000 + Math.log(2) + 1;
    expect(value / (j ** 2 / 2)).toBeCloseTo(1, 5);
    const slopes = [0, 1, -0.5, 0, 0, -0.5, 0, 0, 0];
    gradient.forEach((slope, i) => expect(slope / j).toBeCloseTo(slopes[i], 3));
  });

  it.each(batchesWithoutTriplet)("is exactly zero, with a zero gradient: $title", ({ labels }) =>
    expectZero(distances(labels.length), (d) => liftedLoss(d, labels, 1)),
  );
});
