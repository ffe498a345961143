import * as tf from "@tensorflow/tfjs-core";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { project } from "../../../trainer/linear/projection.ts";
import { thenPca } from "../../../trainer/linear/thenPca.ts";
import { multiply, transpose } from "../../oracles/linear.ts";
import { expectClose, numbers, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 5;
const K = 3;
const flat = numbers(40 * D, 1).map((value, at) => value * (1 + (at % D)) + 2);
const first = { mean: numbers(D, 2), matrix: numbers(D * D, 3), d: D, k: D };

describe("a projection followed by PCA", () => {
  let projected: Float32Array;

  beforeAll(() => {
    projected = project(flat, first);
  });

  it("is one projection, to what keeps most of the inner products around the origin", () => {
    const projection = thenPca(first, projected, K);
    expect(projection).toMatchObject({ d: D, k: K });
    const rows = toRows(projected, D);
    const { realEigenvalues } = new EigenvalueDecomposition(
      new Matrix(multiply(transpose(rows), rows)),
    );
    const largest = [...realEigenvalues].sort((a, b) => b - a).slice(0, K);
    const reduced = toRows(project(flat, projection), K);
    const moments = multiply(transpose(reduced), reduced);
    const expected = moments.map((row, i) => row.map((_, j) => (i === j ? largest[i] : 0)));
    expectClose(moments.flat(), expected.flat(), 1e-4);
  });

  it("is refused where there are fewer dimensions", () => {
    expect(() => thenPca(first, projected, D + 1)).toThrow("cannot be projected to 6 dimensions");
  });

  it("leaks nothing", () => {
    const { numTensors } = tf.memory();
    thenPca(first, projected, K);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
