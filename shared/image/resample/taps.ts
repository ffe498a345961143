import type { Axis } from "../frame.ts";

/** Weights add up to this. */
const ONE = 1 << 14;

/** For each position of a frame's side the pixels of the picture that it is made of. */
export interface Taps {
  /** The first pixel of each position. */
  starts: Int32Array;
  /** How many pairs of pixels each position reads; one more than needed weighs nothing. */
  pairs: number;
  /** [positions, 2 * pairs], 14 bits below 1. All are 0 if a position is outside the picture. */
  weights: Int16Array;
}

/**
 * Half the triangle's width, in pixels of a picture that was decoded to 1/k of its size. Such a pixel is the
 * mean of k, which blurs as well: variances of filters in turn add up, and this triangle's and that mean's are
 * together what the triangle's for the whole picture is,
 *
 *     support^2 / 6 + (1 - 1 / k^2) / 12 = scale^2 / 6
 */
function supportOf(scale: number, k: number): number {
  return Math.sqrt(Math.max(1, scale ** 2 - (1 - 1 / k ** 2) / 2));
}

/** The first and the last pixel, exclusive, below a triangle of this half-width. */
function reach({ scale, offset }: Axis, support: number, side: number, position: number) {
  const center = (position + 0.5) * scale + offset;
  if (center <= 0 || center >= side) return { center, start: 0, end: 0 };
  return {
    center,
    start: Math.max(0, Math.round(center - support)),
    end: Math.min(side, Math.round(center + support)),
  };
}

/**
 * Weights of a triangle filter that widens when shrinking (as Pillow's BILINEAR).
 *
 * Each weight is what rounding leaves between two neighbouring partial sums, so that they add up to 1
 * exactly.
 *
 * @param side pixels of the picture's side
 * @param decodedTo one over the part of its size that the picture was decoded to
 */
export function triangleTaps(axis: Axis, side: number, decodedTo = 1): Taps {
  const support = supportOf(axis.scale, decodedTo);
  const reaches = Array.from({ length: axis.count }, (_, position) =>
    reach(axis, support, side, position),
  );
  const pairs = Math.max(1, ...reaches.map(({ start, end }) => Math.ceil((end - start) / 2)));
  const starts = Int32Array.from(reaches, ({ start }) => start);
  const weights = new Int16Array(axis.count * 2 * pairs);
  reaches.forEach(({ center, start, end }, position) => {
    const heights = Array.from({ length: end - start }, (_, i) =>
      Math.max(0, 1 - Math.abs(start + i + 0.5 - center) / support),
    );
    const total = heights.reduce((sum, height) => sum + height, 0);
    let sum = 0;
    let before = 0;
    heights.forEach((height, i) => {
      sum += height;
      const until = Math.round((sum / total) * ONE);
      weights[position * 2 * pairs + i] = until - before;
      before = until;
    });
  });
  return { starts, pairs, weights };
}
