import { bendSums } from "./curve";
import { rescale, toActivations } from "./requantize";

/** Pixels and outputs of a tile. Twelve accumulators hide the latency of a dot product. */
const PIXELS: i32 = 6;
const OUTPUTS: usize = 8;
/** Bytes of x that fit into the L1 cache beside a panel of weights. */
const BLOCK_BYTES: i32 = 24576;

/**
 * y = clamp(round(a (W x + b))): a 1 x 1 convolution, or one of gathered windows (gather.ts).
 *
 * A dot product takes four inputs, which are adjacent in x. A lane is an output.
 *
 * @param x `pixels` rows of `inputs` activations, `xStride` bytes apart; inputs is a multiple of 8
 * @param w panels of 8 outputs: [panels, inputs / 4, 8, 4]
 * @param ab for each panel a of its 8 outputs, float32, and b, int32
 * @param curve what curve.ts applies to the sums instead of clamping them, or 0
 * @param y rows of 8 activations per panel, `yStride` bytes apart
 */
export function gemm(
  x: usize,
  xStride: usize,
  pixels: i32,
  inputs: usize,
  w: usize,
  ab: usize,
  curve: usize,
  y: usize,
  yStride: usize,
  panels: i32,
): void {
  const block = max(PIXELS, (BLOCK_BYTES / <i32>inputs / PIXELS) * PIXELS);
  for (let first = 0; first < pixels; first += block) {
    const end = min(first + block, pixels);
    for (let panel = 0; panel < panels; panel++) {
      const weights = w + <usize>panel * inputs * OUTPUTS;
      const affine = ab + <usize>panel * OUTPUTS * 8;
      const to = y + <usize>panel * OUTPUTS;
      for (let pixel = first; pixel < end; pixel += PIXELS) {
        tile(x, xStride, pixel, end - 1, inputs, weights, affine, curve, panel, to, yStride);
      }
    }
  }
}

/** Computes one tile. Beyond the last pixel it computes the last pixel again. */
function tile(
  x: usize,
  xStride: usize,
  pixel: i32,
  last: i32,
  inputs: usize,
  w: usize,
  ab: usize,
  curve: usize,
  panel: usize,
  y: usize,
  yStride: usize,
): void {
  const p0: usize = pixel;
  const p1: usize = min(pixel + 1, last);
  const p2: usize = min(pixel + 2, last);
  const p3: usize = min(pixel + 3, last);
  const p4: usize = min(pixel + 4, last);
  const p5: usize = min(pixel + 5, last);
  let x0 = x + p0 * xStride;
  let x1 = x + p1 * xStride;
  let x2 = x + p2 * xStride;
  let x3 = x + p3 * xStride;
  let x4 = x + p4 * xStride;
  let x5 = x + p5 * xStride;
  let s00 = v128.load(ab, 32);
  let s01 = v128.load(ab, 48);
  let s10 = s00;
  let s11 = s01;
  let s20 = s00;
  let s21 = s01;
  let s30 = s00;
  let s31 = s01;
  let s40 = s00;
  let s41 = s01;
  let s50 = s00;
  let s51 = s01;
  for (const end = w + inputs * OUTPUTS; w < end; w += 64) {
    let w0 = v128.load(w);
    let w1 = v128.load(w, 16);
    let four = v128.load32_splat(x0);
    s00 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s00);
    s01 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s01);
    four = v128.load32_splat(x1);
    s10 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s10);
    s11 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s11);
    four = v128.load32_splat(x2);
    s20 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s20);
    s21 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s21);
    four = v128.load32_splat(x3);
    s30 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s30);
    s31 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s31);
    four = v128.load32_splat(x4);
    s40 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s40);
    s41 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s41);
    four = v128.load32_splat(x5);
    s50 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s50);
    s51 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s51);
    w0 = v128.load(w, 32);
    w1 = v128.load(w, 48);
    four = v128.load32_splat(x0, 4);
    s00 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s00);
    s01 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s01);
    four = v128.load32_splat(x1, 4);
    s10 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s10);
    s11 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s11);
    four = v128.load32_splat(x2, 4);
    s20 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s20);
    s21 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s21);
    four = v128.load32_splat(x3, 4);
    s30 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s30);
    s31 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s31);
    four = v128.load32_splat(x4, 4);
    s40 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s40);
    s41 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s41);
    four = v128.load32_splat(x5, 4);
    s50 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w0, four, s50);
    s51 = i32x4.relaxed_dot_i8x16_i7x16_add_s(w1, four, s51);
    x0 += 8;
    x1 += 8;
    x2 += 8;
    x3 += 8;
    x4 += 8;
    x5 += 8;
  }
  const a0 = v128.load(ab);
  const a1 = v128.load(ab, 16);
  if (curve != 0) {
    v128.store64_lane(y + p0 * yStride, bendSums(s00, s01, a0, a1, curve, panel), 0);
    v128.store64_lane(y + p1 * yStride, bendSums(s10, s11, a0, a1, curve, panel), 0);
    v128.store64_lane(y + p2 * yStride, bendSums(s20, s21, a0, a1, curve, panel), 0);
    v128.store64_lane(y + p3 * yStride, bendSums(s30, s31, a0, a1, curve, panel), 0);
    v128.store64_lane(y + p4 * yStride, bendSums(s40, s41, a0, a1, curve, panel), 0);
    v128.store64_lane(y + p5 * yStride, bendSums(s50, s51, a0, a1, curve, panel), 0);
    return;
  }
  put(y + p0 * yStride, s00, s01, a0, a1);
  put(y + p1 * yStride, s10, s11, a0, a1);
  put(y + p2 * yStride, s20, s21, a0, a1);
  put(y + p3 * yStride, s30, s31, a0, a1);
  put(y + p4 * yStride, s40, s41, a0, a1);
  put(y + p5 * yStride, s50, s51, a0, a1);
}

function put(y: usize, s0: v128, s1: v128, a0: v128, a1: v128): void {
  v128.store64_lane(y, toActivations(rescale(s0, a0), rescale(s1, a1)), 0);
}
