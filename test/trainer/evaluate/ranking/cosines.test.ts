import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { eachCosineRow } from "../../../../trainer/evaluate/ranking/cosines.ts";
import { cosine } from "../../../oracles/clusters.ts";
import { each, expectClose, numbers, toRows } from "../../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("cosines of rows to others", () => {
  it.each([
    { n: 1, m: 1, d: 1 },
    { n: 7, m: 3, d: 5 },
    { n: 256, m: 4, d: 3 },
    { n: 600, m: 20, d: 4 },
  ])("come row by row, in order: $n to $m", ({ n, m, d }) => {
    const rows = numbers(n * d, 1);
    const others = numbers(m * d, 2);
    const visited: number[] = [];
    const cosines: number[] = [];
    eachCosineRow(rows, others, d, (row, values) => {
      visited.push(row);
      cosines.push(...values);
      // The values are the visitor's own.
      values.fill(NaN);
    });
    expect(visited).toEqual(each(n));
    const expected = toRows(rows, d).flatMap((a) => toRows(others, d).map((b) => cosine(a, b)));
    expectClose(cosines, expected, 1e-6);
  });

  it("are zero for a row of zeros", () => {
    const seen: number[][] = [];
    eachCosineRow(Float32Array.of(0, 0, 3, 4), Float32Array.of(2, 0, 0, 0), 2, (_, values) =>
      seen.push(Array.from(values)),
    );
    expectClose(seen.flat(), [0, 0, 0.6, 0], 1e-6);
  });

  it("leak nothing", () => {
    const { numTensors } = tf.memory();
    eachCosineRow(numbers(40, 1), numbers(8, 1), 4, () => undefined);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
