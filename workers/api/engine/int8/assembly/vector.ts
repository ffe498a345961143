import { apply } from "./curve";

/**
 * The mean of each channel over the image in float32: a (sum x) + b.
 *
 * @param x `pixels` rows of `stride` activations, of which `channels` are read
 * @param a coefficients of the channels, padded to 8; b likewise
 * @param y `channels` float32 numbers, padded to 8
 */
export function globalAverage(
  x: usize,
  pixels: i32,
  channels: i32,
  stride: usize,
  a: usize,
  b: usize,
  y: usize,
): void {
  for (let channel: usize = 0; channel < <usize>channels; channel += 8) {
    let low = i32x4.splat(0);
    let high = low;
    let from = x + channel;
    for (let pixel = 0; pixel < pixels; pixel++) {
      const words = v128.load8x8_u(from);
      low = i32x4.add(low, i32x4.extend_low_i16x8_u(words));
      high = i32x4.add(high, i32x4.extend_high_i16x8_u(words));
      from += stride;
    }
    const at = channel * 4;
    store4(y + at, f32x4.convert_i32x4_s(low), a + at, b + at);
    store4(y + at + 16, f32x4.convert_i32x4_s(high), a + at + 16, b + at + 16);
  }
}

/** y = a x + b of four numbers. */
function store4(y: usize, x: v128, a: usize, b: usize): void {
  v128.store(y, f32x4.add(f32x4.mul(x, v128.load(a)), v128.load(b)));
}

/** The values of activations in float32: a x + b of each channel, without padding channels. */
export function dequantizeRows(
  x: usize,
  pixels: i32,
  channels: i32,
  stride: usize,
  a: usize,
  b: usize,
  y: usize,
): void {
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel: usize = 0; channel < <usize>channels; channel++) {
      const at = channel * 4;
      store<f32>(y, load<f32>(a + at) * <f32>load<u8>(x + channel) + load<f32>(b + at));
      y += 4;
    }
    x += stride;
  }
}

/**
 * y = f(W x + b) in float32.
 *
 * @param w panels of 8 outputs: [panels, inputs, 8] @param b biases, padded to 8
 * @param kind the function f, and its slope (curve.ts)
 */
export function dense(
  x: usize,
  inputs: usize,
  w: usize,
  b: usize,
  y: usize,
  panels: i32,
  kind: i32,
  slope: f32,
): void {
  for (let panel = 0; panel < panels; panel++) {
    let low = v128.load(b);
    let high = v128.load(b, 16);
    for (let from = x, end = x + inputs * 4; from < end; from += 4) {
      const value = v128.load32_splat(from);
      low = f32x4.relaxed_madd(v128.load(w), value, low);
      high = f32x4.relaxed_madd(v128.load(w, 16), value, high);
      w += 32;
    }
    v128.store(y, apply(kind, slope, low));
    v128.store(y, apply(kind, slope, high), 16);
    b += 32;
    y += 32;
  }
}

/** y = f(x) in float32 (curve.ts). Vectors are padded to 8. */
export function activateVector(x: usize, numbers: usize, kind: i32, slope: f32, y: usize): void {
  for (const end = y + numbers * 4; y < end; y += 16) {
    v128.store(y, apply(kind, slope, v128.load(x)));
    x += 16;
  }
}

/** y = f(a x + b) in float32 (curve.ts). Vectors are padded to 8. */
export function scaleVector(
  x: usize,
  numbers: usize,
  a: usize,
  b: usize,
  kind: i32,
  slope: f32,
  y: usize,
): void {
  for (let at: usize = 0; at < numbers * 4; at += 16) {
    const line = f32x4.add(f32x4.mul(v128.load(x + at), v128.load(a + at)), v128.load(b + at));
    v128.store(y + at, apply(kind, slope, line));
  }
}

/**
 * The coefficients y = a x + b that multiply the channels of an image by a vector: a = c g and b = d - a z. Vectors
 * are padded to 8.
 */
export function gate(
  g: usize,
  numbers: usize,
  c: usize,
  z: usize,
  d: usize,
  a: usize,
  b: usize,
): void {
  for (let at: usize = 0; at < numbers * 4; at += 16) {
    const slope = f32x4.mul(v128.load(c + at), v128.load(g + at));
    v128.store(a + at, slope);
    v128.store(b + at, f32x4.sub(v128.load(d + at), f32x4.mul(slope, v128.load(z + at))));
  }
}

/** y = x0 x1 in float32. All vectors are padded to 8. */
export function multiplyVectors(x0: usize, x1: usize, numbers: usize, y: usize): void {
  for (let at: usize = 0; at < numbers * 4; at += 16) {
    v128.store(y + at, f32x4.mul(v128.load(x0 + at), v128.load(x1 + at)));
  }
}

/** y = x0 + x1 in float32. All vectors are padded to 8. */
export function addVectors(x0: usize, x1: usize, numbers: usize, y: usize): void {
  for (const end = y + numbers * 4; y < end; y += 16) {
    v128.store(y, f32x4.add(v128.load(x0), v128.load(x1)));
    x0 += 16;
    x1 += 16;
  }
}

/** Halves 8-bit pixels to activations: [n, 3] to [n, 4]. */
export function readPixels(x: usize, pixels: i32, y: usize): void {
  for (let pixel = 0; pixel < pixels; pixel++) {
    const red = (<i32>load<u8>(x) + 1) >> 1;
    const green = (<i32>load<u8>(x, 1) + 1) >> 1;
    const blue = (<i32>load<u8>(x, 2) + 1) >> 1;
    store<i32>(y, min(red, 127) | (min(green, 127) << 8) | (min(blue, 127) << 16));
    x += 3;
    y += 4;
  }
}
