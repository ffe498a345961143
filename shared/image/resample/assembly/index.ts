/**
 * The two passes of the resampler, in integers so that every machine computes the same: weights in 14
 * bits, sums of the first pass in 7 bits below a level, kept in 16.
 */

/** RGBA of two pixels as [r0 r1 g0 g1 b0 b1 a0 a1], 16 bits each. */
function pair(pixels: usize): v128 {
  const p = v128.load8x8_u(pixels);
  return i16x8.shuffle(p, p, 0, 4, 1, 5, 2, 6, 3, 7);
}

/**
 * A row of pixels, shrunk or widened to `count` pixels.
 *
 * @param row RGBA bytes, premultiplied; those behind its end are read and weigh nothing
 * @param taps for each output pixel the byte where its input begins, then `pairs` pairs of weights
 * @param out RGBA in 16 bits: 128 times the level
 */
export function shrinkRow(row: usize, taps: usize, pairs: i32, count: i32, out: usize): void {
  for (let x = 0; x < count; x++) {
    let pixels = row + load<u32>(taps);
    taps += 4;
    let sum = i32x4.splat(64);
    for (let i = 0; i < pairs; i++) {
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(pair(pixels), v128.load32_splat(taps)));
      pixels += 8;
      taps += 4;
    }
    sum = i32x4.shr_s(sum, 7);
    v128.store64_lane(out, i16x8.narrow_i32x4_s(sum, sum), 0);
    out += 8;
  }
}

/** Lays a pixel over white: each colour plus what its alpha lacks, rounded. */
function overWhite(sum: v128): v128 {
  const alpha = i32x4.shuffle(sum, sum, 3, 3, 3, 3);
  const white = i32x4.sub(i32x4.splat((255 << 21) + (1 << 20)), alpha);
  return i32x4.shr_s(i32x4.add(sum, white), 21);
}

/**
 * The weighted sum of shrunk rows, over white.
 *
 * @param ring `window` rows of `stride` bytes
 * @param first the row of the ring that the first weight belongs to
 * @param weights `pairs` pairs
 * @param out RGB bytes of `count` pixels, and 3 more if that is odd
 */
export function blendRows(
  ring: usize,
  stride: i32,
  window: i32,
  first: i32,
  weights: usize,
  pairs: i32,
  count: i32,
  out: usize,
): void {
  for (let x = 0; x < count; x += 2) {
    let low = i32x4.splat(0);
    let high = i32x4.splat(0);
    let slot = first;
    for (let i = 0; i < pairs; i++) {
      const upper = v128.load(ring + slot * stride);
      if (++slot == window) slot = 0;
      const lower = v128.load(ring + slot * stride);
      if (++slot == window) slot = 0;
      const weight = v128.load32_splat(weights + (i << 2));
      const left = i16x8.shuffle(upper, lower, 0, 8, 1, 9, 2, 10, 3, 11);
      const right = i16x8.shuffle(upper, lower, 4, 12, 5, 13, 6, 14, 7, 15);
      low = i32x4.add(low, i32x4.dot_i16x8_s(left, weight));
      high = i32x4.add(high, i32x4.dot_i16x8_s(right, weight));
    }
    ring += 16;
    const words = i16x8.narrow_i32x4_s(overWhite(low), overWhite(high));
    const bytes = i8x16.narrow_i16x8_u(words, words);
    store<u32>(out, i32x4.extract_lane(bytes, 0));
    store<u32>(out + 3, i32x4.extract_lane(bytes, 1));
    out += 6;
  }
}

/** Multiplies the colours of pixels by their alpha, rounded to the nearest level, in place. */
export function premultiply(row: usize, count: i32): void {
  for (const end = row + (count << 2); row < end; row += 4) {
    const alpha = <u32>load<u8>(row, 3);
    if (alpha == 255) continue;
    store<u8>(row, (load<u8>(row) * alpha + 127) / 255);
    store<u8>(row, (load<u8>(row, 1) * alpha + 127) / 255, 1);
    store<u8>(row, (load<u8>(row, 2) * alpha + 127) / 255, 2);
  }
}
