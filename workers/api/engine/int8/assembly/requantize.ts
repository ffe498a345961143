/** Adding this to a float below 2^22 leaves the nearest integer in the low bits. */
const ROUNDER: f32 = 12582912;

// V8 makes a constant anew at each use, by more instructions than a load takes.
const ROUNDERS = memory.data<f32>([ROUNDER, ROUNDER, ROUNDER, ROUNDER], 16);

/** The nearest integers. */
export function round(x: v128): v128 {
  const rounder = v128.load(ROUNDERS);
  return i32x4.sub(f32x4.add(x, rounder), rounder);
}

/** round(a x) for integers x. */
export function rescale(x: v128, a: v128): v128 {
  const rounder = v128.load(ROUNDERS);
  return i32x4.sub(f32x4.relaxed_madd(f32x4.convert_i32x4_s(x), a, rounder), rounder);
}

/** Clamps eight integers to activations, 0 to 127. Both halves of the result are the same. */
export function toActivations(low: v128, high: v128): v128 {
  const words = i16x8.narrow_i32x4_s(low, high);
  return clamp(words, words);
}

/** Clamps sixteen integers of 16 bits to activations. */
export function clamp(low: v128, high: v128): v128 {
  return i8x16.max_s(i8x16.narrow_i16x8_s(low, high), i8x16.splat(0));
}
