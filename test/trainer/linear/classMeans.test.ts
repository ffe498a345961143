import { describe, expect, it } from "vitest";
import { classMeans } from "../../../trainer/linear/classMeans.ts";
import { clusters } from "../../oracles/clusters.ts";
import { columnMeans } from "../../oracles/linear.ts";
import { each, expectClose } from "../../oracles/numbers.ts";

describe("class means", () => {
  it("are the mean rows, in order of the classes' appearance", () => {
    const { rows, labels, flat } = clusters(5, 7, 4, 0.5, 2);
    // 4, 3, ... : neither from 0 nor in order.
    const names = labels.map((label) => 10 - 2 * label);
    const { classes, means } = classMeans({ embeddings: flat, d: 4, labels: names });
    expect(classes).toEqual([10, 8, 6, 4, 2]);
    const expected = each(5).flatMap((label) =>
      columnMeans(rows.filter((_, item) => labels[item] === label)),
    );
    expectClose(means, expected, 1e-6);
  });
});
