import * as z from "zod";
import type { WeightSpec } from "../network/shapes.ts";

/**
 * The forms of S and their weights: the published and the residual unit (unit.ts), and the local form
 * (local.ts). This file does not import tfjs, so that checking a package does not load it.
 */
const count = z.int().min(1).max(65_536);
const hidden = z.int().min(1).max(4096);
const localSchema = z
  .strictObject({
    form: z.literal("local"),
    /** How many features of training images the package carries. */
    references: count,
    /** How many of the nearest of them give the density of a place. */
    neighbours: count,
    /** How many training classes each item is compared with. */
    centroids: count,
    temperature: z.number().gt(0),
    /** Weight of the term that compares two items' likeness to these classes. */
    profile: z.number().min(0),
  })
  .refine(({ references, neighbours }) => neighbours <= references, {
    path: ["neighbours"],
    error: "more neighbours than references",
  });
export const pddmSchema = z.discriminatedUnion("form", [
  z.strictObject({ form: z.literal("published"), hidden }),
  z.strictObject({ form: z.literal("residual"), hidden }),
  localSchema,
]);

/** The form of S and its sizes, as a package states them. */
export type PddmShape = z.infer<typeof pddmSchema>;
export type PddmForm = PddmShape["form"];
export type LocalShape = z.infer<typeof localSchema>;
export type UnitShape = Exclude<PddmShape, LocalShape>;

/** The weights of S; d = embedding dimensions. */
export function pddmWeights(shape: PddmShape, d: number): WeightSpec[] {
  if (shape.form !== "local") return unitWeights(shape, d);
  return [
    { name: "pddm/whitening/kernel", shape: [d, d] },
    { name: "pddm/whitening/bias", shape: [d] },
    { name: "pddm/references/kernel", shape: [d, shape.references] },
    { name: "pddm/centroids/kernel", shape: [d, shape.centroids] },
  ];
}

/** h = hidden width of u', v' and c. */
function unitWeights({ form, hidden: h }: UnitShape, d: number): WeightSpec[] {
  const dense = (branch: string, inputs: number, units: number) => [
    { name: `pddm/${branch}/kernel`, shape: [inputs, units] },
    { name: `pddm/${branch}/bias`, shape: [units] },
  ];
  return [
    ...dense("u", d, h),
    ...dense("v", d, h),
    ...dense("c", 2 * h, h),
    ...dense("s", h, 1),
    ...(form === "residual" ? [{ name: "pddm/distance", shape: [1] }] : []),
  ];
}
