import { apply } from "./curve";

/** Outputs of a panel of weights. */
const OUTPUTS: usize = 8;

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
  const panel = inputs * OUTPUTS * 4;
  // Four panels at once, because an addition waits for the one before it.
  for (; panels >= 4; panels -= 4) {
    Inlined.panels(4, x, inputs, w, panel, b, y, kind, slope);
    w += 4 * panel;
    b += 4 * OUTPUTS * 4;
    y += 4 * OUTPUTS * 4;
  }
  for (; panels > 0; panels--) {
    Inlined.panels(1, x, inputs, w, panel, b, y, kind, slope);
    w += panel;
    b += OUTPUTS * 4;
    y += OUTPUTS * 4;
  }
}

class Inlined {
  /** Computes one panel of outputs, or four. */
  @inline
  static panels(
    count: i32,
    x: usize,
    inputs: usize,
    w: usize,
    panel: usize,
    b: usize,
    y: usize,
    kind: i32,
    slope: f32,
  ): void {
    let low0 = v128.load(b);
    let high0 = v128.load(b, 16);
    let low1 = low0;
    let high1 = low0;
    let low2 = low0;
    let high2 = low0;
    let low3 = low0;
    let high3 = low0;
    if (count == 4) {
      low1 = v128.load(b, 32);
      high1 = v128.load(b, 48);
      low2 = v128.load(b, 64);
      high2 = v128.load(b, 80);
      low3 = v128.load(b, 96);
      high3 = v128.load(b, 112);
    }
    for (let from = x, end = x + inputs * 4; from < end; from += 4) {
      const value = v128.load32_splat(from);
      low0 = f32x4.relaxed_madd(v128.load(w), value, low0);
      high0 = f32x4.relaxed_madd(v128.load(w, 16), value, high0);
      if (count == 4) {
        const w1 = w + panel;
        low1 = f32x4.relaxed_madd(v128.load(w1), value, low1);
        high1 = f32x4.relaxed_madd(v128.load(w1, 16), value, high1);
        const w2 = w1 + panel;
        low2 = f32x4.relaxed_madd(v128.load(w2), value, low2);
        high2 = f32x4.relaxed_madd(v128.load(w2, 16), value, high2);
        const w3 = w2 + panel;
        low3 = f32x4.relaxed_madd(v128.load(w3), value, low3);
        high3 = f32x4.relaxed_madd(v128.load(w3, 16), value, high3);
      }
      w += OUTPUTS * 4;
    }
    v128.store(y, apply(kind, slope, low0));
    v128.store(y, apply(kind, slope, high0), 16);
    if (count == 4) {
      v128.store(y, apply(kind, slope, low1), 32);
      v128.store(y, apply(kind, slope, high1), 48);
      v128.store(y, apply(kind, slope, low2), 64);
      v128.store(y, apply(kind, slope, high2), 80);
      v128.store(y, apply(kind, slope, low3), 96);
      v128.store(y, apply(kind, slope, high3), 112);
    }
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

/** Halves 8-bit pixels to activations: [n, 3] to [n, 4]. Reads and writes up to four pixels beyond the last. */
export function readPixels(x: usize, pixels: i32, y: usize): void {
  const zero = i8x16.splat(0);
  for (const end = y + <usize>pixels * 4; y < end; y += 16) {
    // Halves are rounded up, of which 255 gives 128.
    const half = i8x16.min_u(i8x16.avgr_u(v128.load(x), zero), i8x16.splat(127));
    v128.store(y, i8x16.shuffle(half, zero, 0, 1, 2, 16, 3, 4, 5, 16, 6, 7, 8, 16, 9, 10, 11, 16));
    x += 12;
  }
}
