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

/** The first and the last pixel, exclusive, below a triangle of this half-width. */
function reach({ scale, offset }: Axis, side: number, position: number) {
  const center = (position + 0.5) * scale + offset;
  const support = Math.max(scale, 1);
  if (center <= 0 || center >= side) return { center, support, start: 0, end: 0 };
  return {
    center,
    support,
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
 */
export function triangleTaps(axis: Axis, side: number): Taps {
  const reaches = Array.from({ length: axis.count }, (_, position) => reach(axis, side, position));
  const pairs = Math.max(1, ...reaches.map(({ start, end }) => Math.ceil((end - start) / 2)));
  const starts = Int32Array.from(reaches, ({ start }) => start);
  const weights = new Int16Array(axis.count * 2 * pairs);
  reaches.forEach(({ center, support, start, end }, position) => {
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
