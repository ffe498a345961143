/**
 * Density of a place in a collection that is searched. The local form of S (local.ts) subtracts how dense
 * the place of either item is; a package knows that only of its references, the features of training
 * images. A collection knows better how dense its own places are:
 *
 *     g = mean of the DENSITY_NEIGHBOURS largest z . z_k  over the other items k of the collection
 *     r = (n g + BLEND_ITEMS r_references) / (n + BLEND_ITEMS),   n the number of other items
 *
 * A small collection says little, so there r stays close to the density by references.
 */

/** How many of the nearest other items give the density; all where there are fewer. */
export const DENSITY_NEIGHBOURS = 15;

/** The references weigh as much as so many items of the collection. */
export const BLEND_ITEMS = 100;

/**
 * r of an item, or of a query that is not part of the collection.
 *
 * @param meanOfNearest g, over all others where there are fewer than `DENSITY_NEIGHBOURS`; unread where
 *   `items` is 0
 * @param references density by the references of the package
 * @param items how many other items the collection has
 */
export function collectionDensity(
  meanOfNearest: number,
  references: number,
  items: number,
): number {
  if (items === 0) return references;
  return (items * meanOfNearest + BLEND_ITEMS * references) / (items + BLEND_ITEMS);
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
