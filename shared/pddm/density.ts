/**
 * Density of a place in a collection that is searched. The local form of S (local.ts) subtracts how dense
 * the place of either item is; a package knows that only of its references, the features of training
 * images. A collection knows better which of its own places are crowded:
 *
 *     g = mean of the DENSITY_NEIGHBOURS largest z . z_k  over the other items k of the collection
 *     h = g + mean of r_references - mean of g,           means over the collection
 *     r = (n h + BLEND_ITEMS r_references) / (n + BLEND_ITEMS),   n the number of other items
 *
 * A small collection says little, so there r stays close to the density by references. And g grows with the
 * collection, whatever its places are like; h, of the same mean as the references' density, does not, so
 * S keeps its scale, and its calibration holds.
 */

/**
 * How many of the nearest other items give the density; all where there are fewer. With fewer, the items of
 * one large class make each other dense; with more, places look alike.
 */
export const DENSITY_NEIGHBOURS = 30;

/** The references weigh as much as so many items of the collection. */
export const BLEND_ITEMS = 300;

/**
 * h - g, which is the same for all items.
 *
 * @param nearest g of each item of the collection
 * @param references density by the references of the package, of each item
 * @returns 0 for fewer than two items, which have no g
 */
export function densityShift(nearest: Float32Array, references: Float32Array): number {
  if (nearest.length < 2) return 0;
  const differences = references.map((density, item) => density - nearest[item]!);
  return differences.reduce((sum, difference) => sum + difference, 0) / nearest.length;
}

/**
 * r of an item, or of a query that is not part of the collection.
 *
 * @param meanOfNearest g, over all others where there are fewer than `DENSITY_NEIGHBOURS`; unread where
 *   `items` is 0
 * @param references density by the references of the package
 * @param items how many other items the collection has
 * @param shift of the collection, by `densityShift`
 */
export function collectionDensity(
  meanOfNearest: number,
  references: number,
  items: number,
  shift: number,
): number {
  if (items === 0) return references;
  return (items * (meanOfNearest + shift) + BLEND_ITEMS * references) / (items + BLEND_ITEMS);
}

/** Mean of the `count` largest values, at most as many as there are. Sorting all would take several times longer. */
export function meanOfLargest(values: Float32Array, count: number): number {
  // The largest values so far, in ascending order.
  const largest = new Float32Array(count).fill(-Infinity);
  for (const value of values) {
    if (value <= largest[0]!) continue;
    let at = 0;
    for (; at + 1 < count && largest[at + 1]! < value; at++) largest[at] = largest[at + 1]!;
    largest[at] = value;
  }
  return largest.reduce((sum, value) => sum + value, 0) / count;
}
