import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { project } from "../../../trainer/linear/projection.ts";
import { UserError } from "../../../trainer/error.ts";
import { whitening } from "../../../trainer/linear/whitening.ts";
import { clusters } from "../../oracles/clusters.ts";
import { columnMeans, invert, multiply, naiveCovariance, transpose } from "../../oracles/linear.ts";
import { each, expectClose, numbers, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 6;
const { rows: plain, labels } = clusters(8, 90, D, 0.4, 3);
// Noise and classes of unequal size in correlated dimensions, far from the origin.
const mix = toRows(numbers(D * D, 4), D).map((row, i) =>
  row.map((v, j) => (v * 4) / (i + 1) + (i === j ? 2 : 0)),
);
const rows = multiply(plain, mix).map((row) => row.map((v) => Math.fround(v + 5)));
const flat = Float32Array.from(rows.flat());

/** The covariance around class means, and shrinkage times its mean eigenvalue on the diagonal. */
function naiveWithin(shrinkage: number): number[][] {
  const means = each(8).map((label) => columnMeans(rows.filter((_, i) => labels[i] === label)));
  const within = naiveCovariance(
    rows.map((row, item) => row.map((value, k) => value - means[labels[item]][k])),
  );
  const mean = within.reduce((sum, row, i) => sum + row[i], 0) / D;
  return within.map((row, i) => row.map((v, j) => v + (i === j ? shrinkage * mean : 0)));
}

/** (a - mean)^T S^-1 (b - mean) of the first items. */
function naiveProducts(shrinkage: number, count: number): number[][] {
  const mean = columnMeans(rows);
  const centred = rows.slice(0, count).map((row) => row.map((value, k) => value - mean[k]));
  return multiply(multiply(centred, invert(naiveWithin(shrinkage))), transpose(centred));
}

describe("within-class whitening", () => {
  it.each([0, 0.1, 1])("makes dot products those of Mahalanobis: shrinkage %f", (shrinkage) => {
    const projection = whitening(flat, labels, D, { shrinkage });
    expect({ d: projection.d, k: projection.k }).toEqual({ d: D, k: D });
    const whitened = toRows(project(flat, projection), D).slice(0, 40);
    const expected = naiveProducts(shrinkage, 40);
    expectClose(multiply(whitened, transpose(whitened)).flat(), expected.flat(), 1e-4);
  });

  it("shrinks by one mean eigenvalue where not told otherwise", () => {
    expect(whitening(flat, labels, D)).toEqual(whitening(flat, labels, D, { shrinkage: 1 }));
  });

  it("leaves classes round", () => {
    const whitened = toRows(project(flat, whitening(flat, labels, D, { shrinkage: 0 })), D);
    const around = each(8).flatMap((label) => {
      const members = whitened.filter((_, item) => labels[item] === label);
      const mean = columnMeans(members);
      return members.map((row) => row.map((value, k) => value - mean[k]));
    });
    const identity = each(D).map((i) => each(D).map((j) => (i === j ? 1 : 0)));
    expectClose(naiveCovariance(around).flat(), identity.flat(), 1e-4);
  });

  it("does not depend on the names of the classes", () => {
    const renamed = labels.map((label) => 100 - 7 * label);
    expect(whitening(flat, renamed, D)).toEqual(whitening(flat, labels, D));
  });

  it("works for more dimensions than items, once it shrinks", () => {
    const few = flat.slice(0, 4 * D);
    const { matrix } = whitening(few, [0, 0, 1, 1], D);
    expect(matrix.every(Number.isFinite)).toBe(true);
    expect(() => whitening(few, [0, 0, 1, 1], D, { shrinkage: 0 })).toThrow(UserError);
  });

  it("refuses classes that do not vary", () => {
    const refused = () => whitening(flat.slice(0, 3 * D), [0, 1, 2], D);
    expect(refused).toThrow(UserError);
    expect(refused).toThrow("the features do not vary within the classes");
  });

  it("leaks nothing", () => {
    const { numTensors } = tf.memory();
    whitening(flat, labels, D);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
