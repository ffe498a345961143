/**
 * The cell to which a key moves in a square grid, by the ARIA practices for grids.
 *
 * @returns [row, column], or undefined if the key does not move
 */
export function moveInGrid(
  [row, column]: [number, number],
  key: string,
  ctrl: boolean,
  size: number,
): [number, number] | undefined {
  const last = size - 1;
  const within = (at: number) => Math.min(Math.max(at, 0), last);
  switch (key) {
    case "ArrowUp":
      return [within(row - 1), column];
    case "ArrowDown":
      return [within(row + 1), column];
    case "ArrowLeft":
      return [row, within(column - 1)];
    case "ArrowRight":
      return [row, within(column + 1)];
    case "Home":
      return [ctrl ? 0 : row, 0];
    case "End":
      return [ctrl ? last : row, last];
    default:
      return undefined;
  }
}
