import { describe, expect, it } from "vitest";
import { leadingEigenvectors } from "../../../trainer/linear/leadingEigenvectors.ts";
import { multiply, transpose } from "../../oracles/linear.ts";
import { each, expectClose, numbers, toRows } from "../../oracles/numbers.ts";

/** Columns of an orthogonal matrix: those of a random one, each less what it has of those before it. */
function orthogonal(d: number): number[][] {
  const columns: number[][] = [];
  for (const row of toRows(numbers(d * d, 3), d)) {
    for (let pass = 0; pass < 2; pass++) {
      for (const other of columns) {
        const shared = row.reduce((sum, value, i) => sum + value * other[i], 0);
        other.forEach((value, i) => (row[i] -= shared * value));
      }
    }
    const length = Math.hypot(...row);
    columns.push(row.map((value) => value / length));
  }
  return columns;
}

/** A matrix of these eigenvalues, and its eigenvectors. */
function matrixOf(eigenvalues: number[]) {
  const vectors = orthogonal(eigenvalues.length);
  const scaled = vectors.map((vector, i) => vector.map((value) => value * eigenvalues[i]));
  return { vectors, symmetric: Float64Array.from(multiply(transpose(scaled), vectors).flat()) };
}

const inner = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);

describe("leading eigenvectors", () => {
  it.each([
    ["that fade fast", 150, (i: number) => 0.9 ** i],
    ["that hardly fade", 150, (i: number) => 2 - i / 150],
    ["of which all but five are 0", 60, (i: number) => (i < 5 ? 5 - i : 0)],
    ["of a small matrix", 3, (i: number) => 3 - i],
  ])("are found of eigenvalues %s", (_, d, value) => {
    const { vectors, symmetric } = matrixOf(each(d).map(value));
    const k = Math.min(5, d);
    leadingEigenvectors(symmetric, d, k).forEach((found, i) => {
      expect(Math.abs(inner(found, vectors[i]))).toBeCloseTo(1, 8);
    });
  });

  it("are as many as are asked for where eigenvalues are equal, and orthonormal", () => {
    const d = 80;
    const { vectors, symmetric } = matrixOf(each(d).map((i) => (i < 30 ? 2 : 1)));
    const found = leadingEigenvectors(symmetric, d, 40);
    const products = found.map((a) => found.map((b) => inner(a, b)));
    expectClose(
      products.flat(),
      each(40).flatMap((i) => each(40).map((j) => (i === j ? 1 : 0))),
      1e-8,
    );
    for (const vector of found.slice(0, 30)) {
      const outside = vectors.slice(30).map((other) => inner(vector, other));
      expect(Math.hypot(...outside)).toBeLessThan(1e-6);
    }
  });
});
