import { type LocalShape, pddmWeights } from "../../shared/pddm/form.ts";
import { each, normalizeRows, numbers, size, toRows } from "./numbers.ts";

/** Flat values of the local form's weights, by name. */
export type LocalWeights = Record<string, ArrayLike<number>>;

/** Weights of that shape; references and centroids are of length 1, as fitted ones. */
export function randomLocal(shape: LocalShape, d: number, seed: number): LocalWeights {
  return Object.fromEntries(
    pddmWeights(shape, d).map(({ name, shape: [rows, columns] }, i) => {
      if (columns === undefined) return [name, numbers(rows, seed + i)];
      const values = numbers(size([rows, columns]), seed + i);
      if (name.includes("whitening")) return [name, values];
      const units = normalizeRows(toRows(values, d));
      return [name, Float32Array.from(each(d).flatMap((k) => units.map((unit) => unit[k])))];
    }),
  );
}

const dot = (a: number[], b: number[]) => a.reduce((sum, value, k) => sum + value * b[k], 0);

/** The columns of a [d, n] kernel. */
function columns(kernel: ArrayLike<number>, d: number): number[][] {
  const n = kernel.length / d;
  return each(n).map((column) => each(d).map((k) => kernel[k * n + column]));
}

interface Place {
  z: number[];
  r: number;
  p: number[];
}

/** z and r of an item by the references, and its likeness p to the centroids. */
export function locate(shape: LocalShape, weights: LocalWeights, row: number[]): Place {
  const of = (name: string) => columns(weights[`pddm/${name}/kernel`], row.length);
  const bias = weights["pddm/whitening/bias"];
  const moved = of("whitening").map((column, i) => dot(row, column) + bias[i]);
  const z = moved.map((value) => value / Math.hypot(...moved));
  const cosines = of("references").map((reference) => dot(z, reference));
  const nearest = cosines.sort((a, b) => b - a).slice(0, shape.neighbours);
  const powers = of("centroids").map((c) => Math.exp(dot(z, c) / shape.temperature));
  return {
    z,
    r:
      dot(
        nearest,
        nearest.map(() => 1),
      ) / nearest.length,
    p: powers.map(
      (power) =>
        power /
        dot(
          powers,
          powers.map(() => 1),
        ),
    ),
  };
}

/** S of all pairs by the local form, in scalars and double precision, from its equations. */
export function naiveLocal(shape: LocalShape, weights: LocalWeights, rows: number[][]): number[][] {
  const places = rows.map((row) => locate(shape, weights, row));
  return places.map((a) =>
    places.map((b) => {
      const agreement = dot(a.p.map(Math.sqrt), b.p.map(Math.sqrt));
      return 2 * dot(a.z, b.z) - a.r - b.r + shape.profile * agreement;
    }),
  );
}
