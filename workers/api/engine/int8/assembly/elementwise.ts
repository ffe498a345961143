import { round, toActivations } from "./requantize";

/** Bytes of the coefficients of eight channels. */
const EIGHT: usize = 32;

/** a x + b of four integers. */
function affine(x: v128, a: v128, b: v128): v128 {
  return f32x4.relaxed_madd(f32x4.convert_i32x4_s(x), a, b);
}

/**
 * y = clamp(round(a x + b)): activations in another scale, or a part of a concatenation.
 *
 * @param x `pixels` rows of `channels` activations; channels is a multiple of 8
 * @param a coefficients of the channels, as b
 * @param y rows that begin `yStride` bytes apart
 */
export function rescaleRows(
  x: usize,
  pixels: i32,
  channels: usize,
  a: usize,
  b: usize,
  y: usize,
  yStride: usize,
): void {
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel: usize = 0; channel < channels; channel += 8) {
      const words = v128.load8x8_u(x + channel);
      const a0 = a + (channel / 8) * EIGHT;
      const b0 = b + (channel / 8) * EIGHT;
      const low = affine(i32x4.extend_low_i16x8_u(words), v128.load(a0), v128.load(b0));
      const high = affine(i32x4.extend_high_i16x8_u(words), v128.load(a0, 16), v128.load(b0, 16));
      v128.store64_lane(y + channel, toActivations(round(low), round(high)), 0);
    }
    x += channels;
    y += yStride;
  }
}

/** y = clamp(round(a0 x0 + a1 x1 + b)), as `rescaleRows`. */
export function addRows(
  x0: usize,
  x1: usize,
  pixels: i32,
  channels: usize,
  a0: usize,
  a1: usize,
  b: usize,
  y: usize,
): void {
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel: usize = 0; channel < channels; channel += 8) {
      const first = v128.load8x8_u(x0 + channel);
      const second = v128.load8x8_u(x1 + channel);
      const at = (channel / 8) * EIGHT;
      let low = v128.load(b + at);
      low = affine(i32x4.extend_low_i16x8_u(first), v128.load(a0 + at), low);
      low = affine(i32x4.extend_low_i16x8_u(second), v128.load(a1 + at), low);
      let high = v128.load(b + at, 16);
      high = affine(i32x4.extend_high_i16x8_u(first), v128.load(a0 + at, 16), high);
      high = affine(i32x4.extend_high_i16x8_u(second), v128.load(a1 + at, 16), high);
      v128.store64_lane(y + channel, toActivations(round(low), round(high)), 0);
    }
    x0 += channels;
    x1 += channels;
    y += channels;
  }
}
