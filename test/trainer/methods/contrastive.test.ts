import { beforeAll, describe, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { contrastiveLoss } from "../../../trainer/methods/contrastive.ts";
import { naiveContrastive } from "../../oracles/losses.ts";
import { numbers } from "../../oracles/numbers.ts";
import { batches, batchesWithoutTriplet, expectLoss, expectZero } from "./losses/check.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** Distances up to 2, as of unit vectors. They are not symmetric, so that mixing up i and j shows. */
const distances = (n: number) => numbers(n * n, n).map((value) => value + 1);

describe("the contrastive loss", () => {
  it.each([...batches, ...batchesWithoutTriplet.slice(0, 2)])(
    "equals the naive means, and so does its gradient: $title",
    ({ labels }) => {
      for (const margin of [0.5, 1.2, 3]) {
        expectLoss(
          distances(labels.length),
          (d) => contrastiveLoss(d, labels, margin),
          (rows) => naiveContrastive(rows, labels, margin),
        );
      }
    },
  );

  it("is zero if positives coincide and negatives keep the margin", () => {
    const d = Float32Array.from([5, 0, 1, 0, 5, 2, 1, 2, 5]);
    expectZero(d, (x) => contrastiveLoss(x, [0, 0, 1], 1));
  });

  it("is exactly zero without a pair, with a zero gradient", () => {
    expectZero(distances(1), (d) => contrastiveLoss(d, [0], 1));
  });
});
