import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { project, toUnitRows } from "../../../trainer/linear/projection.ts";
import { multiply } from "../../oracles/linear.ts";
import { expectClose, normalizeRows, numbers, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("a projection", () => {
  const projection = { mean: numbers(5, 1), matrix: numbers(5 * 3, 2), d: 5, k: 3 };

  it.each([1, 20, 1024, 2500])("takes the mean off %i rows and multiplies them", (n) => {
    const rows = numbers(n * 5, 3);
    const centred = toRows(rows, 5).map((row) => row.map((v, k) => v - projection.mean[k]));
    const expected = multiply(centred, toRows(projection.matrix, 3));
    expectClose(project(rows, projection), expected.flat(), 1e-5);
  });

  it("leaks nothing", () => {
    const { numTensors } = tf.memory();
    project(numbers(20, 1), projection);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe("unit rows", () => {
  it("have length 1 and the direction they had", () => {
    const rows = numbers(30 * 4, 1).map((value) => 7 * value);
    expectClose(toUnitRows(rows, 4), normalizeRows(toRows(rows, 4)).flat(), 1e-6);
  });

  it("stay zero where they were", () => {
    expect(toUnitRows(Float32Array.of(0, 0, 3, 4), 2)).toEqual(Float32Array.of(0, 0, 0.6, 0.8));
  });
});
