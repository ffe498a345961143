import { pddmWeights, type UnitShape } from "../../shared/pddm/form.ts";
import { each, numbers, size } from "./numbers.ts";

type UnitForm = UnitShape["form"];

/** Flat values of the unit's weights, by name. */
export type UnitWeights = Record<string, ArrayLike<number>>;

const EPSILON = 1e-6;

const relu = (x: number) => Math.max(0, x);
const norm = (x: number[]) => Math.sqrt(x.reduce((sum, v) => sum + v * v, EPSILON));

/** Weights of a unit none of whose branches are dead: the biases are positive. */
export function randomUnit(form: UnitForm, d: number, h: number, seed: number): UnitWeights {
  return Object.fromEntries(
    pddmWeights({ form, hidden: h }, d).map(({ name, shape }, i) => {
      const values = numbers(size(shape), seed + i);
      return [name, name.endsWith("/bias") ? values.map((v) => 0.2 + Math.abs(v)) : values];
    }),
  );
}

function dense(x: number[], weights: UnitWeights, branch: string): number[] {
  const kernel = weights[`pddm/${branch}/kernel`];
  const bias = Array.from(weights[`pddm/${branch}/bias`]);
  return bias.map((start, unit) =>
    x.reduce((sum, value, i) => sum + value * kernel[i * bias.length + unit], start),
  );
}

/** S of one pair in scalars and double precision, from the paper's equations. */
export function naiveScore(
  form: UnitForm,
  weights: UnitWeights,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): number {
  const scaled = (x: number[]) => (form === "published" ? x.map((v) => v / norm(x)) : x);
  const u = each(a.length).map((i) => Math.abs(a[i] - b[i]));
  const v = each(a.length).map((i) => (a[i] + b[i]) / 2);
  const relative = scaled(dense(scaled(u), weights, "u").map(relu));
  const absolute = scaled(dense(scaled(v), weights, "v").map(relu));
  const c = dense([...relative, ...absolute], weights, "c").map(relu);
  const [s] = dense(c, weights, "s");
  if (form === "published") return s;
  return s - weights["pddm/distance"][0] * u.reduce((sum, value) => sum + value * value, 0);
}

/** S of all pairs. */
export function naiveScores(form: UnitForm, weights: UnitWeights, rows: number[][]): number[][] {
  return rows.map((a) => rows.map((b) => naiveScore(form, weights, a, b)));
}
