/**
 * The cell to which a key moves in a grid, by the ARIA practices for grids.
 *
 * @returns [row, column], or undefined if the key does not move
 */
export function moveInGrid(
  [row, column]: [number, number],
  key: string,
  ctrl: boolean,
  rows: number,
  columns: number,
): [number, number] | undefined {
  const [lastRow, last] = [rows - 1, columns - 1];
  const within = (at: number, end: number) => Math.min(Math.max(at, 0), end);
  switch (key) {
    case "ArrowUp":
      return [within(row - 1, lastRow), column];
    case "ArrowDown":
      return [within(row + 1, lastRow), column];
    case "ArrowLeft":
      return [row, within(column - 1, last)];
    case "ArrowRight":
      return [row, within(column + 1, last)];
    case "Home":
      return [ctrl ? 0 : row, 0];
    case "End":
      return [ctrl ? lastRow : row, last];
    default:
      return undefined;
  }
}
