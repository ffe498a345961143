import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { detach } from "../../../../trainer/methods/detach.ts";
import { tripletHinge } from "../../../../trainer/methods/losses/triplet.ts";
import { mineBatchHard } from "../../../../trainer/methods/mining/batchHard.ts";
import { mineHardestTriplet } from "../../../../trainer/methods/mining/hardestTriplet.ts";
import { mineSemiHard } from "../../../../trainer/methods/mining/semiHard.ts";
import { naiveTriplet } from "../../../oracles/losses.ts";
import { naiveBatchHard, naiveSemiHard, type Triplet } from "../../../oracles/mining.ts";
import { numbers } from "../../../oracles/numbers.ts";
import { batches, expectLoss, expectZero, run } from "./check.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const tensors = (triplets: Triplet[]) => {
  const column = (key: keyof Triplet) =>
    tf.tensor1d(
      triplets.map((triplet) => triplet[key]),
      "int32",
    );
  return { anchors: column("i"), positives: column("j"), negatives: column("k") };
};

describe("the triplet hinge", () => {
  const triplets: Triplet[] = [
    { i: 0, j: 1, k: 2 },
    { i: 0, j: 4, k: 2 },
    { i: 3, j: 2, k: 0 },
  ];

  it.each([0, 0.5, 1, 5])("is the mean over the triplets, margin %d", (margin) => {
    const given = tensors(triplets);
    expectLoss(
      numbers(25, 5),
      (s) => tripletHinge(s, given, margin),
      (rows) => naiveTriplet(rows, triplets, margin),
    );
  });

  it.each([
    { title: "batch-hard", mine: mineBatchHard, naive: naiveBatchHard },
    { title: "semi-hard", mine: mineSemiHard, naive: naiveSemiHard },
  ])("has no gradient through the mining: $title", ({ mine, naive }) => {
    for (const { labels } of batches) {
      expectLoss(
        numbers(labels.length ** 2, 3),
        (s) => tf.tidy(() => tripletHinge(s, mine(detach(s), labels), 0.2)),
        (rows) => naiveTriplet(rows, naive(rows, labels), 0.2),
      );
    }
  });

  it("has a gradient only for the hardest triplet in PDDM + triplet", () => {
    const s = Float32Array.from([9, 1, 2, 0, 1, 9, 0, 5, 2, 0, 9, 3, 0, 5, 3, 9]);
    const { value, gradient } = run(s, (x) =>
      tf.tidy(() => tripletHinge(x, mineHardestTriplet(detach(x), [0, 0, 1, 1]), 0.5)),
    );
    expect(value).toBe(1.5);
    expect(gradient).toEqual([0, -1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("is zero if the negative keeps the margin", () => {
    const given = tensors([{ i: 0, j: 1, k: 2 }]);
    const s = Float32Array.from([1, 1, -1, 1, 1, -1, -1, -1, 1]);
    expectZero(s, (x) => tripletHinge(x, given, 2));
  });

  it("is exactly zero without triplets, with a zero gradient", () => {
    expectZero(numbers(25, 5), (s) => tripletHinge(s, null, 1));
  });
});
