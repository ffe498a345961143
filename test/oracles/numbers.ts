import { expect } from "vitest";

/** 0, 1, ... count - 1. */
export const each = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** How many elements a shape holds. */
export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The same float32 numbers in [-1, 1) at every run; another seed gives others. */
export function numbers(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const x = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    return (x - Math.floor(x)) * 2 - 1;
  });
}

/** A flat list as rows of d. */
export function toRows(values: ArrayLike<number>, d: number): number[][] {
  const list = Array.from(values);
  return each(list.length / d).map((row) => list.slice(row * d, (row + 1) * d));
}

/** Rows scaled to length 1. */
export function normalizeRows(rows: number[][]): number[][] {
  return rows.map((row) => row.map((value) => value / Math.hypot(...row)));
}

/** df/dx_i for every i, by central differences in double precision. */
export function differences(f: (x: number[]) => number, x: ArrayLike<number>): number[] {
  const step = 1e-5;
  const moved = (i: number, by: number) =>
    f(Array.from(x, (value, at) => (at === i ? value + by : value)));
  return each(x.length).map((i) => (moved(i, step) - moved(i, -step)) / (2 * step));
}

/** Fails unless each value is within `tolerance` of the expected, relative to the largest of these. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-5,
): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  const errors = Array.from(expected, (value, i) => Math.abs(value - actual[i]));
  expect(Math.max(0, ...errors) / scale).toBeLessThan(tolerance);
}
