import { bendSums } from "./curve";
import { dot, WIDE } from "./dot";
import { clamp, rescale } from "./requantize";

/**
 * Pixels and outputs of a tile, so that its accumulators, two of weights and one of inputs fill the 16 registers.
 * Where a dot product needs registers of its own, two pixels less.
 */
const PIXELS: i32 = WIDE ? 6 : 4;
const OUTPUTS: usize = 8;
/** Bytes of x that fit into the L1 cache beside a panel of weights. */
const BLOCK_BYTES: i32 = 24576;

/**
 * y = clamp(round(a (W x + b))): a 1 x 1 convolution, or one of gathered windows (gather.ts).
 *
 * A dot product takes four inputs, which are adjacent in x. A lane is an output.
 *
 * @param x `pixels` rows of `inputs` activations, `xStride` bytes apart; inputs is a multiple of 8. Rows are read up
 *   to a whole tile
 * @param w panels of 8 outputs: [panels, inputs / 4, 8, 4]
 * @param ab for each panel a of its 8 outputs, float32, and b, int32
 * @param curve what curve.ts applies to the sums instead of clamping them, or 0
 * @param y rows of 8 activations per panel, `yStride` bytes apart. Rows are written up to a whole tile
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
      let from = x + <usize>first * xStride;
      let to = y + <usize>first * yStride + <usize>panel * OUTPUTS;
      for (let pixel = first; pixel < end; pixel += PIXELS) {
        Inlined.tile(from, xStride, inputs, weights, affine, curve, panel, to, yStride);
        from += <usize>PIXELS * xStride;
        to += <usize>PIXELS * yStride;
      }
    }
  }
}

/** Functions that are compiled into their callers: a call for each tile costs a tenth of the time. */
class Inlined {
  /** Computes one tile. */
  @inline
  static tile(
    x: usize,
    xStride: usize,
    inputs: usize,
    w: usize,
    ab: usize,
    curve: usize,
    panel: usize,
    y: usize,
    yStride: usize,
  ): void {
    let x0 = x;
    let x1 = x0 + xStride;
    let x2 = x1 + xStride;
    let x3 = x2 + xStride;
    let x4 = x3 + xStride;
    let x5 = x4 + xStride;
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
    // Not unrolled: V8 would keep two of the registers in memory.
    for (let at = w, end = w + inputs * OUTPUTS; at < end; at += 32) {
      const w0 = v128.load(at);
      const w1 = v128.load(at, 16);
      let four = v128.load32_splat(x0);
      s00 = dot(w0, four, s00);
      s01 = dot(w1, four, s01);
      four = v128.load32_splat(x1);
      s10 = dot(w0, four, s10);
      s11 = dot(w1, four, s11);
      four = v128.load32_splat(x2);
      s20 = dot(w0, four, s20);
      s21 = dot(w1, four, s21);
      four = v128.load32_splat(x3);
      s30 = dot(w0, four, s30);
      s31 = dot(w1, four, s31);
      x0 += 4;
      x1 += 4;
      x2 += 4;
      x3 += 4;
      if (WIDE) {
        four = v128.load32_splat(x4);
        s40 = dot(w0, four, s40);
        s41 = dot(w1, four, s41);
        four = v128.load32_splat(x5);
        s50 = dot(w0, four, s50);
        s51 = dot(w1, four, s51);
        x4 += 4;
        x5 += 4;
      }
    }
    const a0 = v128.load(ab);
    const a1 = v128.load(ab, 16);
    Inlined.put(y, yStride, s00, s01, s10, s11, a0, a1, curve, panel);
    y += 2 * yStride;
    Inlined.put(y, yStride, s20, s21, s30, s31, a0, a1, curve, panel);
    if (WIDE) {
      y += 2 * yStride;
      Inlined.put(y, yStride, s40, s41, s50, s51, a0, a1, curve, panel);
    }
  }

  /** Stores the activations of two pixels. */
  @inline
  static put(
    y: usize,
    yStride: usize,
    s00: v128,
    s01: v128,
    s10: v128,
    s11: v128,
    a0: v128,
    a1: v128,
    curve: usize,
    panel: usize,
  ): void {
    if (curve != 0) {
      v128.store64_lane(y, bendSums(s00, s01, a0, a1, curve, panel), 0);
      v128.store64_lane(y + yStride, bendSums(s10, s11, a0, a1, curve, panel), 0);
      return;
    }
    const first = i16x8.narrow_i32x4_s(rescale(s00, a0), rescale(s01, a1));
    const second = i16x8.narrow_i32x4_s(rescale(s10, a0), rescale(s11, a1));
    const both = clamp(first, second);
    v128.store64_lane(y, both, 0);
    v128.store64_lane(y + yStride, both, 1);
  }
}
