import { bend } from "./curve";
import { copy } from "./gather";
import { round, toActivations } from "./requantize";

/** Bytes of the coefficients of eight channels. */
const EIGHT: usize = 32;

/** a x + b of four integers. */
function affine(x: v128, a: v128, b: v128): v128 {
  return f32x4.relaxed_madd(f32x4.convert_i32x4_s(x), a, b);
}

/**
 * y = clamp(round(a x + b)): changes the scale of activations, or writes a part of a concatenation. Writes no
 * byte beyond the channels, because the bytes behind belong to another part. With a curve, it applies that to
 * a x + b (curve.ts).
 *
 * @param x `pixels` rows of `channels` activations, `xStride` bytes apart
 * @param a coefficients of the channels, padded to 8; b likewise
 * @param y rows that begin `yStride` bytes apart
 */
export function rescaleRows(
  x: usize,
  pixels: i32,
  channels: usize,
  xStride: usize,
  a: usize,
  b: usize,
  curve: usize,
  y: usize,
  yStride: usize,
): void {
  const whole = channels & ~7;
  for (let pixel = 0; pixel < pixels; pixel++) {
    let channel: usize = 0;
    for (; channel < whole; channel += 8) {
      v128.store64_lane(y + channel, eight(x + channel, a, b, curve, channel), 0);
    }
    if (channel < channels) {
      let rest = i64x2.extract_lane(eight(x + channel, a, b, curve, channel), 0);
      for (; channel < channels; channel++) {
        store<u8>(y + channel, <u8>rest);
        rest >>= 8;
      }
    }
    x += xStride;
    y += yStride;
  }
}

/** Rescales eight activations. */
function eight(x: usize, a: usize, b: usize, curve: usize, channel: usize): v128 {
  const words = v128.load8x8_u(x);
  const group = channel / 8;
  a += group * EIGHT;
  b += group * EIGHT;
  const low = affine(i32x4.extend_low_i16x8_u(words), v128.load(a), v128.load(b));
  const high = affine(i32x4.extend_high_i16x8_u(words), v128.load(a, 16), v128.load(b, 16));
  return curve != 0 ? bend(low, high, curve, group) : toActivations(round(low), round(high));
}

/** y = clamp(round(a0 x0 + a1 x1 + b)). `channels` is a multiple of 8. */
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

/**
 * y = clamp(round(a0 x0 + a1 x1 + ... + b)) of any number of inputs. `channels` is a multiple of 8.
 *
 * @param inputs for each input the address of x and that of a, as int32
 */
export function addManyRows(
  inputs: usize,
  count: usize,
  pixels: i32,
  channels: usize,
  b: usize,
  y: usize,
): void {
  const end = inputs + count * 8;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const row = <usize>pixel * channels;
    for (let channel: usize = 0; channel < channels; channel += 8) {
      const at = (channel / 8) * EIGHT;
      let low = v128.load(b + at);
      let high = v128.load(b + at, 16);
      for (let input = inputs; input < end; input += 8) {
        const words = v128.load8x8_u(<usize>load<u32>(input) + row + channel);
        const a = <usize>load<u32>(input, 4) + at;
        low = affine(i32x4.extend_low_i16x8_u(words), v128.load(a), low);
        high = affine(i32x4.extend_high_i16x8_u(words), v128.load(a, 16), high);
      }
      v128.store64_lane(y + row + channel, toActivations(round(low), round(high)), 0);
    }
  }
}

/**
 * y = clamp(round(c (x0 - z0) (x1 - z1) + d)). `channels` is a multiple of 8.
 *
 * @param zczd for each group of 8 channels z0, z1, c and d, float32
 */
export function multiplyRows(
  x0: usize,
  x1: usize,
  pixels: i32,
  channels: usize,
  zczd: usize,
  y: usize,
): void {
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel: usize = 0; channel < channels; channel += 8) {
      const first = v128.load8x8_u(x0 + channel);
      const second = v128.load8x8_u(x1 + channel);
      const at = zczd + channel * 16;
      const low = product(i32x4.extend_low_i16x8_u(first), i32x4.extend_low_i16x8_u(second), at);
      const high = product(
        i32x4.extend_high_i16x8_u(first),
        i32x4.extend_high_i16x8_u(second),
        at + 16,
      );
      v128.store64_lane(y + channel, toActivations(round(low), round(high)), 0);
    }
    x0 += channels;
    x1 += channels;
    y += channels;
  }
}

function product(x0: v128, x1: v128, zczd: usize): v128 {
  const first = f32x4.sub(f32x4.convert_i32x4_s(x0), v128.load(zczd));
  const second = f32x4.sub(f32x4.convert_i32x4_s(x1), v128.load(zczd, 32));
  return f32x4.relaxed_madd(f32x4.mul(first, second), v128.load(zczd, 64), v128.load(zczd, 96));
}

/** y = x with zeros around it, of which `zeros` holds a pixel. `channels` is the bytes of a pixel. */
export function pad(
  x: usize,
  height: i32,
  width: i32,
  channels: usize,
  zeros: usize,
  top: i32,
  left: i32,
  y: usize,
  outHeight: i32,
  outWidth: i32,
): void {
  const row = <usize>width * channels;
  for (let oy = 0; oy < outHeight; oy++) {
    const inside = <u32>(oy - top) < <u32>height;
    for (let ox = 0; ox < outWidth; ox++) {
      if (inside && ox == left) {
        copy(x, y, row);
        x += row;
        y += row;
        ox += width - 1;
      } else {
        copy(zeros, y, channels);
        y += channels;
      }
    }
  }
}
