import type { Orientation } from "./metadata/exif.ts";

/** Whether an orientation exchanges width and height. */
export const isTurned = (orientation: Orientation): boolean => orientation > 4;

/**
 * Where the pixel at (x, y) of the upright picture is in the stored one (Exif 2.32, tag 274): its
 * start, and the steps to the next one to the right and the next one below, in pixels.
 *
 * @param width of the upright picture, as height
 */
function walk(orientation: Orientation, width: number, height: number) {
  const turned = isTurned(orientation);
  const stride = turned ? height : width;
  const last = width * height - 1;
  switch (orientation) {
    case 1:
      return { start: 0, right: 1, down: stride };
    case 2:
      return { start: stride - 1, right: -1, down: stride };
    case 3:
      return { start: last, right: -1, down: -stride };
    case 4:
      return { start: last - stride + 1, right: 1, down: -stride };
    case 5:
      return { start: 0, right: stride, down: 1 };
    case 6:
      return { start: last - stride + 1, right: -stride, down: 1 };
    case 7:
      return { start: last, right: -stride, down: -1 };
    case 8:
      return { start: stride - 1, right: stride, down: -1 };
  }
}

/**
 * Turns a picture upright.
 *
 * @param pixels RGB bytes as stored
 * @param size of the upright picture
 */
export function turnUpright(
  pixels: Uint8Array<ArrayBuffer>,
  orientation: Orientation,
  { width, height }: { width: number; height: number },
): Uint8Array<ArrayBuffer> {
  if (orientation === 1) return pixels;
  const { start, right, down } = walk(orientation, width, height);
  const upright = new Uint8Array(pixels.length);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0, from = (start + y * down) * 3; x < width; x++, from += right * 3) {
      upright[at++] = pixels[from]!;
      upright[at++] = pixels[from + 1]!;
      upright[at++] = pixels[from + 2]!;
    }
  }
  return upright;
}
