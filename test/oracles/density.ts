import { BLEND_ITEMS, DENSITY_NEIGHBOURS } from "../../shared/pddm/density.ts";
import { each } from "./numbers.ts";

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * r of all items of a collection, from the equations, in double precision.
 *
 * @param z rows of length 1, at least two
 * @param references r of each by the references
 */
export function naiveDensities(z: number[][], references: number[]): number[] {
  const nearest = z.map((own, item) => {
    const others = z.filter((_, other) => other !== item);
    const cosines = others.map((other) => own.reduce((sum, value, k) => sum + value * other[k], 0));
    return mean(cosines.sort((a, b) => b - a).slice(0, DENSITY_NEIGHBOURS));
  });
  // Each other item votes once, the references as often as they weigh.
  return nearest.map((g, item) => {
    const h = g + mean(references) - mean(nearest);
    const votes = each(z.length - 1).map(() => h);
    return mean([...votes, ...each(BLEND_ITEMS).map(() => references[item])]);
  });
}
