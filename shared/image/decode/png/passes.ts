import type { PngHeader } from "./header.ts";

/** Pixels of a picture that follow one another in its data: from (left, top), `right` and `down` apart. */
export interface Pass {
  left: number;
  top: number;
  right: number;
  down: number;
  /** Pixels of a row, and rows. */
  columns: number;
  rows: number;
}

/** Adam7 (PNG, third edition, 8.2): left, top, right, down. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

const WHOLE = [[0, 0, 1, 1]] as const;

/** The passes that hold pixels, in the order of the data. */
export function passesOf({ width, height, interlaced }: PngHeader): Pass[] {
  return (interlaced ? ADAM7 : WHOLE)
    .map(([left, top, right, down]) => ({
      ...{ left, top, right, down },
      columns: Math.ceil((width - left) / right),
      rows: Math.ceil((height - top) / down),
    }))
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}
