import type { LocalShape, PddmShape } from "../../shared/pddm/form.ts";
import { naiveLocal, randomLocal } from "./local.ts";
import { naiveScores, randomUnit } from "./pddm.ts";

const LOCAL: LocalShape = {
  form: "local",
  references: 12,
  neighbours: 3,
  centroids: 5,
  temperature: 0.2,
  profile: 0.4,
};

/** A small S of each form. */
export const SHAPES: PddmShape[] = [
  { form: "published", hidden: 3 },
  { form: "residual", hidden: 3 },
  LOCAL,
];

/** Flat values of the weights of S, by name. */
export type Weights = Record<string, ArrayLike<number>>;

/** Weights of that shape, none of which is without effect. */
export function randomWeights(shape: PddmShape, d: number, seed: number): Weights {
  return shape.form === "local"
    ? randomLocal(shape, d, seed)
    : randomUnit(shape.form, d, shape.hidden, seed);
}

/** S of all pairs in scalars and double precision, whatever its form. */
export function naiveSimilarity(shape: PddmShape, weights: Weights, rows: number[][]): number[][] {
  return shape.form === "local"
    ? naiveLocal(shape, weights, rows)
    : naiveScores(shape.form, weights, rows);
}
