import * as z from "zod";
import type { WeightSpec } from "../network/shapes.ts";

/**
 * The two forms of the PDDM unit, see unit.ts, and their weights. Free of tfjs, so that whoever only
 * checks a package need not load it.
 */
export const pddmFormSchema = z.enum(["residual", "published"]);
export type PddmForm = z.infer<typeof pddmFormSchema>;

/** The weights of the unit: d = embedding dimensions, h = hidden width of u', v' and c. */
export function pddmWeights(form: PddmForm, d: number, h: number): WeightSpec[] {
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
