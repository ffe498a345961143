import { type Box, Reader } from "../heif/boxes.ts";
import type { Picture } from "./libde265.ts";

/** How RGB is coded as brightness and two colours (ITU-T H.273). */
export interface Coding {
  /** Its number among MatrixCoefficients. */
  matrix: number;
  /** Whether samples use all values; else brightness begins at 16 and ends at 235 of 255. */
  fullRange: boolean;
}

const IDENTITY = 0;
const NO_COLOURS = -1;

/** Brightness alone, as alpha has it. */
export const BRIGHTNESS: Coding = { matrix: NO_COLOURS, fullRange: true };

/** The parts of red and blue in brightness (H.273, table 4); most files that name no matrix mean BT.601. */
const PARTS = new Map<number, readonly [number, number]>([
  [1, [0.2126, 0.0722]],
  [4, [0.3, 0.11]],
  [7, [0.212, 0.087]],
  [9, [0.2627, 0.0593]],
  [10, [0.2627, 0.0593]],
]);
const BT601 = [0.299, 0.114] as const;

const NONE = new Uint8Array();

/** Fixed point: bits below 1. */
const SHIFT = 14;

/** What of properties says how colours are coded; null where none does. */
export function codingOf(properties: readonly Box[]): Coding | null {
  for (const { type, data } of properties) {
    if (type !== "colr") continue;
    const reader = new Reader(data);
    if (reader.text(4) !== "nclx") continue;
    reader.uint(4);
    return { matrix: reader.uint(2), fullRange: reader.uint(1) >= 128 };
  }
  return null;
}

/** [3, 3] factors of brightness and both colours for red, green and blue. */
function factorsOf(matrix: number): number[] {
  if (matrix === IDENTITY) return [0, 0, 1, 1, 0, 0, 0, 1, 0];
  if (matrix === NO_COLOURS) return [1, 0, 0, 1, 0, 0, 1, 0, 0];
  const [red, blue] = PARTS.get(matrix) ?? BT601;
  const green = 1 - red - blue;
  const [ofRed, ofBlue] = [2 * (1 - red), 2 * (1 - blue)];
  return [1, 0, ofRed, 1, (-ofBlue * blue) / green, (-ofRed * red) / green, 1, ofBlue, 0];
}

/**
 * Makes RGBA of rows of samples (H.273, 8.3). A colour that stands for several pixels is repeated.
 *
 * @returns writes a row of a picture into pixels, from a place of theirs on
 */
export function converterOf(
  picture: Picture,
  { matrix, fullRange }: Coding,
): (y: number, pixels: Uint8ClampedArray, at: number) => void {
  const { width, bits, chroma, row } = picture;
  const one = 2 ** (bits - 8);
  const identity = matrix === IDENTITY && chroma === 3;
  const dark = fullRange ? 0 : 16 * one;
  const middle = identity ? dark : 128 * one;
  const bright = (fullRange ? 2 ** bits - 1 : 219 * one) / 255;
  const colourful = identity || fullRange ? bright : (224 * one) / 255;
  const factors = factorsOf(identity || matrix !== IDENTITY ? matrix : 2);
  const scaled = factors.map((factor, i) =>
    Math.round((factor / (i % 3 === 0 ? bright : colourful)) * 2 ** SHIFT),
  );
  const [ry, ru, rv, gy, gu, gv, by, bu, bv] = scaled as [
    ...[number, number, number],
    ...[number, number, number],
    ...[number, number, number],
  ];
  const shift = chroma === 1 || chroma === 2 ? 1 : 0;
  const half = 2 ** (SHIFT - 1);
  return (line, pixels, at) => {
    const [ys = NONE, us = NONE, vs = NONE] = row(line);
    const coloured = vs.length > 0;
    for (let x = 0; x < width; x++) {
      const y = ys[x]! - dark;
      const u = coloured ? us[x >> shift]! - middle : 0;
      const v = coloured ? vs[x >> shift]! - middle : 0;
      pixels[at++] = (ry * y + ru * u + rv * v + half) >> SHIFT;
      pixels[at++] = (gy * y + gu * u + gv * v + half) >> SHIFT;
      pixels[at++] = (by * y + bu * u + bv * v + half) >> SHIFT;
      pixels[at++] = 255;
    }
  };
}
