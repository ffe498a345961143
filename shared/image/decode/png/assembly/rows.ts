/** The filters of rows (PNG, third edition, 9). */

/** 16-bit levels of the neighbour that is nearest to left + above - corner. */
function paeth(left: v128, above: v128, corner: v128): v128 {
  const across = i16x8.sub(above, corner);
  const down = i16x8.sub(left, corner);
  const toLeft = i16x8.abs(across);
  const toAbove = i16x8.abs(down);
  const toCorner = i16x8.abs(i16x8.add(across, down));
  const least = i16x8.min_s(toLeft, i16x8.min_s(toAbove, toCorner));
  const other = v128.bitselect(above, corner, i16x8.eq(toAbove, least));
  return v128.bitselect(left, other, i16x8.eq(toLeft, least));
}

/**
 * Undoes a row's filter, pixel by pixel where one depends on the one to its left.
 *
 * @param filter 0 to 4
 * @param source the row as stored
 * @param row its samples; up to 15 bytes behind its end are written too
 * @param above the samples of the row before it; zeros before the first
 * @param count bytes of the row
 * @param step bytes from a sample to the same one of the pixel to its left, at most 8
 */
export function unfilter(
  filter: i32,
  source: usize,
  row: usize,
  above: usize,
  count: usize,
  step: usize,
): void {
  const end = row + count;
  if (filter == 0) {
    memory.copy(row, source, count);
  } else if (filter == 1) {
    let left = i64x2.splat(0);
    for (; row < end; row += step, source += step) {
      left = i8x16.add(left, v128.load64_zero(source));
      v128.store64_lane(row, left, 0);
    }
  } else if (filter == 2) {
    for (; row < end; row += 16, source += 16, above += 16) {
      v128.store(row, i8x16.add(v128.load(source), v128.load(above)));
    }
  } else if (filter == 3) {
    const one = i8x16.splat(1);
    let left = i64x2.splat(0);
    for (; row < end; row += step, source += step, above += step) {
      const up = v128.load64_zero(above);
      // The instruction rounds half up, PNG down.
      const odd = v128.and(v128.xor(left, up), one);
      const mean = i8x16.sub(i8x16.avgr_u(left, up), odd);
      left = i8x16.add(mean, v128.load64_zero(source));
      v128.store64_lane(row, left, 0);
    }
  } else {
    const byte = i16x8.splat(255);
    let left = i64x2.splat(0);
    let corner = i64x2.splat(0);
    for (; row < end; row += step, source += step, above += step) {
      const up = v128.load8x8_u(above);
      const sum = i16x8.add(v128.load8x8_u(source), paeth(left, up, corner));
      left = v128.and(sum, byte);
      corner = up;
      v128.store64_lane(row, i8x16.narrow_i16x8_u(left, left), 0);
    }
  }
}
