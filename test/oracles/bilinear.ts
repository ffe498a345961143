import { each } from "./numbers.ts";

/** A part of an image in pixels, whole ones or not. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * A part of an image stretched to the size of `to`: every output pixel is the mean of all input
 * pixels, weighted by how near they lie to its center in the input, less than one pixel off; beyond
 * the edge lie copies of the edge.
 *
 * @returns RGB, not yet rounded
 */
export function naiveCrop(
  pixels: ArrayLike<number>,
  { width, height }: { width: number; height: number },
  box: Box,
  mirrored: boolean,
  to: { width: number; height: number },
): number[] {
  const center = (share: number, n: number, start: number, extent: number) =>
    Math.min(n - 0.5, Math.max(0.5, start + share * extent));
  const weight = (position: number, pixel: number) =>
    Math.max(0, 1 - Math.abs(position - (pixel + 0.5)));
  return each(to.height).flatMap((y) =>
    each(to.width).flatMap((column) => {
      const x = mirrored ? to.width - 1 - column : column;
      const fromX = center((x + 0.5) / to.width, width, box.left, box.width);
      const fromY = center((y + 0.5) / to.height, height, box.top, box.height);
      return [0, 1, 2].map((channel) =>
        each(height * width).reduce((sum, at) => {
          const w = weight(fromY, Math.floor(at / width)) * weight(fromX, at % width);
          return sum + w * pixels[at * 3 + channel];
        }, 0),
      );
    }),
  );
}
