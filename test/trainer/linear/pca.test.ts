import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { pca } from "../../../trainer/linear/pca.ts";
import { project } from "../../../trainer/linear/projection.ts";
import { columnMeans, multiply, naiveCovariance, transpose } from "../../oracles/linear.ts";
import { each, expectClose, numbers, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** Correlated columns of unequal variance, far from the origin. */
function features(n: number, d: number): number[][] {
  const independent = toRows(numbers(n * d, 1), d);
  const mix = toRows(numbers(d * d, 2), d).map((row, i) => row.map((v) => (v * 3) / (i + 1)));
  return multiply(independent, mix).map((row) => row.map((v, k) => Math.fround(v + 10 * k)));
}

/** Power iteration with deflation. */
function naiveAxes(covariance: number[][], k: number): { axis: number[]; variance: number }[] {
  let rest = covariance;
  return each(k).map((at) => {
    let axis = Array.from(numbers(covariance.length, at + 5));
    let variance = 0;
    for (let step = 0; step < 5000; step++) {
      const [next] = multiply([axis], rest);
      variance = Math.hypot(...next);
      axis = next.map((value) => value / variance);
    }
    rest = rest.map((row, i) => row.map((value, j) => value - variance * axis[i] * axis[j]));
    return { axis, variance };
  });
}

describe("PCA", () => {
  const rows = features(700, 9);
  const flat = Float32Array.from(rows.flat());
  const expected = naiveAxes(naiveCovariance(rows), 4);

  it("finds the axes that power iteration finds, the largest variance first", () => {
    const { mean, matrix, d, k } = pca(flat, 9, 4);
    expect({ d, k }).toEqual({ d: 9, k: 4 });
    expectClose(mean, columnMeans(rows), 1e-6);
    const columns = transpose(toRows(matrix, 4));
    columns.forEach((column, at) => {
      const { axis } = expected[at];
      const sign = Math.sign(column.reduce((sum, value, i) => sum + value * axis[i], 0));
      expectClose(
        column.map((value) => sign * value),
        axis,
        1e-3,
      );
    });
  });

  it("gives features without correlation, of those variances", () => {
    const projected = toRows(project(flat, pca(flat, 9, 4)), 4);
    const covariance = naiveCovariance(projected);
    const diagonal = each(4).map((i) => each(4).map((j) => (i === j ? expected[i].variance : 0)));
    expectClose(covariance.flat(), diagonal.flat(), 1e-4);
  });

  it("turns without stretching where all dimensions are kept", () => {
    const matrix = toRows(pca(flat, 9, 9).matrix, 9);
    const identity = each(9).map((i) => each(9).map((j) => (i === j ? 1 : 0)));
    expectClose(multiply(transpose(matrix), matrix).flat(), identity.flat(), 1e-6);
  });

  it("works for fewer rows than dimensions", () => {
    const few = rows.slice(0, 5);
    const flatFew = Float32Array.from(few.flat());
    const projected = toRows(project(flatFew, pca(flatFew, 9, 4)), 4);
    const total = (covariance: number[][]) => covariance.reduce((sum, row, i) => sum + row[i], 0);
    // Five rows vary in four dimensions.
    const all = total(naiveCovariance(few));
    expect(total(naiveCovariance(projected)) / all).toBeCloseTo(1, 4);
  });

  it("refuses more dimensions than there are", () => {
    expect(() => pca(flat, 9, 10)).toThrow("9 features cannot be projected to 10 dimensions");
  });

  it("leaks nothing", () => {
    const { numTensors } = tf.memory();
    pca(flat, 9, 2);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
