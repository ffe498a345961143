import type { Plane } from "./means.ts";

/** The 8-bit level of a block's mean: its first coefficient is 8 times that, around 128. */
const levelOf = (value: number, step: number) =>
  Math.min(255, Math.max(0, ((value * step + 4) >> 3) + 128));

/** RGB of full-range Y, Cb and Cr (JFIF 1.02, page 3), rounded and cut off where it is stored. */
function toRgb(pixels: Uint8ClampedArray): void {
  for (let at = 0; at < pixels.length; at += 4) {
    const y = pixels[at]!;
    const cb = pixels[at + 1]! - 128;
    const cr = pixels[at + 2]! - 128;
    pixels[at] = y + 1.402 * cr;
    pixels[at + 1] = y - 0.344136 * cb - 0.714136 * cr;
    pixels[at + 2] = y + 1.772 * cb;
  }
}

/**
 * The rows of a picture at an eighth of its size, from its blocks. Components with fewer samples are repeated.
 *
 * @param planes one of greys, or three
 * @param size of that picture
 * @param isRgb whether the three are red, green and blue
 * @returns [width, 4] bytes for each row, not to be kept
 */
export function* rowsOf(
  planes: readonly Plane[],
  { width, height }: { width: number; height: number },
  isRgb: boolean,
): Generator<Uint8ClampedArray> {
  const across = Math.max(...planes.map((plane) => plane.across));
  const down = Math.max(...planes.map((plane) => plane.down));
  const row = new Uint8ClampedArray(width * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let channel = 0; channel < 3; channel++) {
      const plane = planes[channel] ?? planes[0]!;
      const start = Math.floor((y * plane.down) / down) * plane.columns;
      for (let x = 0; x < width; x++) {
        const block = start + Math.floor((x * plane.across) / across);
        row[x * 4 + channel] = levelOf(plane.values[block]!, plane.step);
      }
    }
    if (!isRgb && planes.length === 3) toRgb(row);
    yield row;
  }
}
