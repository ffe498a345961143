/** Adding this to a float below 2^22 leaves the nearest integer in the low bits. */
const ROUNDER: f32 = 12582912;
const ROUNDER_BITS: i32 = 0x4b400000;

/** The nearest integers. */
export function round(x: v128): v128 {
  return i32x4.sub(f32x4.add(x, f32x4.splat(ROUNDER)), i32x4.splat(ROUNDER_BITS));
}

/** round(a x) for integers x. */
export function rescale(x: v128, a: v128): v128 {
  const moved = f32x4.relaxed_madd(f32x4.convert_i32x4_s(x), a, f32x4.splat(ROUNDER));
  return i32x4.sub(moved, i32x4.splat(ROUNDER_BITS));
}

/** Clamps eight integers to activations, 0 to 127. Both halves of the result are the same. */
export function toActivations(low: v128, high: v128): v128 {
  const words = i16x8.narrow_i32x4_s(low, high);
  return i8x16.max_s(i8x16.narrow_i16x8_s(words, words), i8x16.splat(0));
}
