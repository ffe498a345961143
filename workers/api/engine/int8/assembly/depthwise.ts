import { bendSums } from "./curve";
import { dot } from "./dot";
import { clamp, rescale, toActivations } from "./requantize";

/** Channels that are computed together. */
export const GROUP: usize = 8;
/** Bytes of a group's a and b, and of its weights, three columns of [8 channels, 4 rows]. */
export const AFFINE: usize = 64;
const WEIGHTS: usize = 96;

/** Interleaves 8 channels of two rows: [8 channels, 2 rows]. */
export function upper(r0: v128, r1: v128): v128 {
  return i8x16.shuffle(r0, r1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/**
 * y = clamp(round(a (W x + b))) of a 3 x 3 depthwise convolution.
 *
 * A column of four rows is one vector per four channels. It is made once and used for up to three outputs of a line,
 * and where lines are adjacent for two lines: the second multiplies by weights that are a row further down.
 *
 * @param x [height, width, channels]; channels is a multiple of 8, or 4 of which one is padding
 * @param zeros the values of padding, a row of channels
 * @param w [channels / 8, 3 columns, 8 channels, 4 rows], the fourth row 0
 * @param ab for each group a of its 8 channels, float32, and b, int32
 * @param curve what curve.ts applies to the sums instead of clamping them, or 0
 * @param y [outHeight, outWidth, channels]
 */
export function depthwise(
  x: usize,
  height: i32,
  width: i32,
  channels: usize,
  zeros: usize,
  w: usize,
  ab: usize,
  curve: usize,
  y: usize,
  outHeight: i32,
  outWidth: i32,
  rowStep: i32,
  columnStep: i32,
  top: i32,
  left: i32,
): void {
  const row = <usize>width * channels;
  const yRow = <usize>outWidth * channels;
  // Of 4 channels, the last output of a line also writes where the first of the next belongs.
  const adjacent = rowStep == 1 && curve == 0 && channels >= GROUP;
  for (let oy = 0; oy < outHeight;) {
    const iy = oy * rowStep - top;
    const two = adjacent && oy + 1 < outHeight;
    for (let group: usize = 0; group < channels; group += GROUP) {
      const at = group / GROUP;
      const weights = w + at * WEIGHTS;
      const affine = ab + at * AFFINE;
      const outside = zeros + group;
      const first = x + group + <usize>iy * row;
      const in0 = <u32>iy < <u32>height;
      const in1 = <u32>(iy + 1) < <u32>height;
      const in2 = <u32>(iy + 2) < <u32>height;
      const in3 = <u32>(iy + 3) < <u32>height;
      const r0 = in0 ? first : outside;
      const r1 = in1 ? first + row : outside;
      const r2 = in2 ? first + 2 * row : outside;
      const r3 = in3 ? first + 3 * row : outside;
      const s0 = in0 ? channels : 0;
      const s1 = in1 ? channels : 0;
      const s2 = in2 ? channels : 0;
      const s3 = in3 ? channels : 0;
      const to = y + group;
      // Each is compiled for its constants: a call in the loop would cost those without a curve.
      if (two) {
        Inlined.lines(
          r0,
          s0,
          r1,
          s1,
          r2,
          s2,
          r3,
          s3,
          outside,
          width,
          weights,
          affine,
          to,
          yRow,
          channels,
          outWidth,
          columnStep,
          left,
        );
      } else if (curve == 0) {
        Inlined.line(
          r0,
          s0,
          r1,
          s1,
          r2,
          s2,
          outside,
          width,
          weights,
          affine,
          0,
          0,
          to,
          channels,
          outWidth,
          columnStep,
          left,
        );
      } else {
        Inlined.line(
          r0,
          s0,
          r1,
          s1,
          r2,
          s2,
          outside,
          width,
          weights,
          affine,
          curve,
          at,
          to,
          channels,
          outWidth,
          columnStep,
          left,
        );
      }
    }
    oy += two ? 2 : 1;
    y += two ? 2 * yRow : yRow;
  }
}

/** Functions that are compiled into their callers, which is faster by a quarter. */
class Inlined {
  /**
   * Computes two adjacent lines of outputs of one group. A row outside the image points to the padding, with a step
   * of 0.
   */
  @inline
  static lines(
    r0: usize,
    step0: usize,
    r1: usize,
    step1: usize,
    r2: usize,
    step2: usize,
    r3: usize,
    step3: usize,
    outside: usize,
    width: i32,
    w: usize,
    ab: usize,
    y: usize,
    yRow: usize,
    yStep: usize,
    outWidth: i32,
    columnStep: i32,
    left: i32,
  ): void {
    const a0 = v128.load(ab);
    const a1 = v128.load(ab, 16);
    const b0 = v128.load(ab, 32);
    const b1 = v128.load(ab, 48);
    // For the first line, and a row further down for the second.
    const wl0 = v128.load(w);
    const wl1 = v128.load(w, 16);
    const wc0 = v128.load(w, 32);
    const wc1 = v128.load(w, 48);
    const wn0 = v128.load(w, 64);
    const wn1 = v128.load(w, 80);
    const vl0 = i32x4.shl(wl0, 8);
    const vl1 = i32x4.shl(wl1, 8);
    const vc0 = i32x4.shl(wc0, 8);
    const vc1 = i32x4.shl(wc1, 8);
    const vn0 = i32x4.shl(wn0, 8);
    const vn1 = i32x4.shl(wn1, 8);
    let l0 = i32x4.splat(0);
    let l1 = l0;
    let c0 = l0;
    let c1 = l0;
    let n0 = l0;
    let n1 = l0;
    /** Columns to read before the next output. */
    let missing = 3;
    let ix = -left;
    const end = y + <usize>outWidth * yStep;
    while (y < end) {
      let p0 = outside;
      let p1 = outside;
      let p2 = outside;
      let p3 = outside;
      if (<u32>ix < <u32>width) {
        p0 = r0;
        p1 = r1;
        p2 = r2;
        p3 = r3;
        r0 += step0;
        r1 += step1;
        r2 += step2;
        r3 += step3;
      }
      const above = upper(v128.load64_zero(p0), v128.load64_zero(p1));
      const below = upper(v128.load64_zero(p2), v128.load64_zero(p3));
      l0 = c0;
      l1 = c1;
      c0 = n0;
      c1 = n1;
      n0 = i16x8.shuffle(above, below, 0, 8, 1, 9, 2, 10, 3, 11);
      n1 = i16x8.shuffle(above, below, 4, 12, 5, 13, 6, 14, 7, 15);
      ix += 1;
      missing -= 1;
      if (missing > 0) continue;
      const s0 = dot(wn0, n0, dot(wc0, c0, dot(wl0, l0, b0)));
      const s1 = dot(wn1, n1, dot(wc1, c1, dot(wl1, l1, b1)));
      const t0 = dot(vn0, n0, dot(vc0, c0, dot(vl0, l0, b0)));
      const t1 = dot(vn1, n1, dot(vc1, c1, dot(vl1, l1, b1)));
      const first = i16x8.narrow_i32x4_s(rescale(s0, a0), rescale(s1, a1));
      const second = i16x8.narrow_i32x4_s(rescale(t0, a0), rescale(t1, a1));
      const both = clamp(first, second);
      v128.store64_lane(y, both, 0);
      v128.store64_lane(y + yRow, both, 1);
      y += yStep;
      missing = columnStep;
    }
  }

  /** Computes a line of outputs of one group. A row outside the image points to the padding, with a step of 0. */
  @inline
  static line(
    r0: usize,
    step0: usize,
    r1: usize,
    step1: usize,
    r2: usize,
    step2: usize,
    outside: usize,
    width: i32,
    w: usize,
    ab: usize,
    curve: usize,
    group: usize,
    y: usize,
    yStep: usize,
    outWidth: i32,
    columnStep: i32,
    left: i32,
  ): void {
    const a0 = v128.load(ab);
    const a1 = v128.load(ab, 16);
    const b0 = v128.load(ab, 32);
    const b1 = v128.load(ab, 48);
    const wl0 = v128.load(w);
    const wl1 = v128.load(w, 16);
    const wc0 = v128.load(w, 32);
    const wc1 = v128.load(w, 48);
    const wn0 = v128.load(w, 64);
    const wn1 = v128.load(w, 80);
    let l0 = i32x4.splat(0);
    let l1 = l0;
    let c0 = l0;
    let c1 = l0;
    let n0 = l0;
    let n1 = l0;
    let missing = 3;
    let ix = -left;
    const end = y + <usize>outWidth * yStep;
    while (y < end) {
      let p0 = outside;
      let p1 = outside;
      let p2 = outside;
      if (<u32>ix < <u32>width) {
        p0 = r0;
        p1 = r1;
        p2 = r2;
        r0 += step0;
        r1 += step1;
        r2 += step2;
      }
      const two = upper(v128.load64_zero(p0), v128.load64_zero(p1));
      const third = v128.load8x8_u(p2);
      l0 = c0;
      l1 = c1;
      c0 = n0;
      c1 = n1;
      n0 = i16x8.shuffle(two, third, 0, 8, 1, 9, 2, 10, 3, 11);
      n1 = i16x8.shuffle(two, third, 4, 12, 5, 13, 6, 14, 7, 15);
      ix += 1;
      missing -= 1;
      if (missing > 0) continue;
      const s0 = dot(wn0, n0, dot(wc0, c0, dot(wl0, l0, b0)));
      const s1 = dot(wn1, n1, dot(wc1, c1, dot(wl1, l1, b1)));
      const eight =
        curve != 0
          ? bendSums(s0, s1, a0, a1, curve, group)
          : toActivations(rescale(s0, a0), rescale(s1, a1));
      v128.store64_lane(y, eight, 0);
      y += yStep;
      missing = columnStep;
    }
  }
}
