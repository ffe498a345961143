/** The neighbour that is nearest to left + above - corner (PNG, third edition, 9.4). */
function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/**
 * Undoes a row's filter in place (PNG, third edition, 9).
 *
 * @param above the row before it; zeros before the first
 * @param step bytes from a sample to the same one of the pixel to its left
 * @throws Error where there is no such filter
 */
export function unfilter(filter: number, row: Uint8Array, above: Uint8Array, step: number): void {
  const { length } = row;
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = step; i < length; i++) row[i]! += row[i - step]!;
      return;
    case 2:
      for (let i = 0; i < length; i++) row[i]! += above[i]!;
      return;
    case 3:
      for (let i = 0; i < step; i++) row[i]! += above[i]! >> 1;
      for (let i = step; i < length; i++) row[i]! += (row[i - step]! + above[i]!) >> 1;
      return;
    case 4:
      for (let i = 0; i < step; i++) row[i]! += above[i]!;
      for (let i = step; i < length; i++) {
        row[i]! += paeth(row[i - step]!, above[i]!, above[i - step]!);
      }
      return;
    default:
      throw new Error("it is damaged");
  }
}
