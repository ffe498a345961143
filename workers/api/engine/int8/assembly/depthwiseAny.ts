import { bendSums } from "./curve";
import { AFFINE, GROUP, upper } from "./depthwise";
import { dot } from "./dot";
import { rescale, toActivations } from "./requantize";

/** Bytes of 4 rows of a column of a group: [8 channels, 4 rows]. */
const QUAD: usize = 32;

/**
 * y = clamp(round(a (W x + b))) of a depthwise convolution of any window.
 *
 * For each line of outputs and group of channels, the columns of the window are first interleaved into a line of
 * quads, 4 rows each, of which outputs then read adjacent ones.
 *
 * @param x [height, width, channels]; channels is a multiple of 8
 * @param zeros the values of padding, a row of channels
 * @param w [channels / 8, kernelWidth, quads, 8 channels, 4 rows], rows behind the kernel 0
 * @param ab for each group a of its 8 channels, float32, and b, int32
 * @param curve what curve.ts applies to the sums instead of clamping them, or 0
 * @param y [outHeight, outWidth, channels]
 * @param line room for the columns that a line of outputs reads, and three outputs more
 */
export function depthwiseAny(
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
  kernelHeight: i32,
  kernelWidth: i32,
  line: usize,
): void {
  const column = <usize>((kernelHeight + 3) >> 2) * QUAD;
  const weights = <usize>kernelWidth * column;
  const columns = (outWidth - 1) * columnStep + kernelWidth;
  for (let oy = 0; oy < outHeight; oy++) {
    const iy = oy * rowStep - top;
    for (let group: usize = 0; group < channels; group += GROUP) {
      for (let row = 0; row < kernelHeight; row += 4) {
        const to = line + <usize>(row >> 2) * QUAD;
        const rest = kernelHeight - row;
        Inlined.interleave(
          x + group,
          height,
          width,
          channels,
          zeros + group,
          iy + row,
          rest,
          left,
          columns,
          to,
          column,
        );
      }
      const at = group / GROUP;
      const step = <usize>columnStep * column;
      const to = y + group;
      const own = w + at * weights;
      const affine = ab + at * AFFINE;
      // Each is compiled for its constants: a call in the loop would cost those without a curve.
      if (curve == 0) {
        Inlined.outputs(line, step, own, weights, affine, 0, 0, to, channels, outWidth);
      } else {
        Inlined.outputs(line, step, own, weights, affine, curve, at, to, channels, outWidth);
      }
    }
    y += <usize>outWidth * channels;
  }
}

/** Functions that are compiled into their callers, which is faster. */
class Inlined {
  /** Interleaves columns of the 4 rows from `iy` on, of which the window has `rows`, to quads `toStep` bytes apart. */
  @inline
  static interleave(
    x: usize,
    height: i32,
    width: i32,
    channels: usize,
    outside: usize,
    iy: i32,
    rows: i32,
    left: i32,
    columns: i32,
    to: usize,
    toStep: usize,
  ): void {
    const row = <usize>width * channels;
    const first = x + <usize>iy * row;
    const in0 = <u32>iy < <u32>height;
    const in1 = <u32>(iy + 1) < <u32>height && rows > 1;
    const in2 = <u32>(iy + 2) < <u32>height && rows > 2;
    const in3 = <u32>(iy + 3) < <u32>height && rows > 3;
    const r0 = in0 ? first : outside;
    const r1 = in1 ? first + row : outside;
    const r2 = in2 ? first + 2 * row : outside;
    const r3 = in3 ? first + 3 * row : outside;
    for (let i = 0; i < columns; i++) {
      const ix = i - left;
      let p0 = outside;
      let p1 = outside;
      let p2 = outside;
      let p3 = outside;
      if (<u32>ix < <u32>width) {
        const at = <usize>ix * channels;
        p0 = r0 + (in0 ? at : 0);
        p1 = r1 + (in1 ? at : 0);
        p2 = r2 + (in2 ? at : 0);
        p3 = r3 + (in3 ? at : 0);
      }
      const above = upper(v128.load64_zero(p0), v128.load64_zero(p1));
      const below = upper(v128.load64_zero(p2), v128.load64_zero(p3));
      v128.store(to, i16x8.shuffle(above, below, 0, 8, 1, 9, 2, 10, 3, 11));
      v128.store(to, i16x8.shuffle(above, below, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      to += toStep;
    }
  }

  /** Computes a line of outputs of one group, four at a time. Those behind the last are not stored. */
  @inline
  static outputs(
    line: usize,
    lineStep: usize,
    w: usize,
    weights: usize,
    ab: usize,
    curve: usize,
    group: usize,
    y: usize,
    yStep: usize,
    outWidth: i32,
  ): void {
    const a0 = v128.load(ab);
    const a1 = v128.load(ab, 16);
    const b0 = v128.load(ab, 32);
    const b1 = v128.load(ab, 48);
    for (let ox = 0; ox < outWidth; ox += 4) {
      let s0 = b0;
      let s1 = b1;
      let t0 = b0;
      let t1 = b1;
      let u0 = b0;
      let u1 = b1;
      let v0 = b0;
      let v1 = b1;
      const second = line + lineStep;
      const third = second + lineStep;
      const fourth = third + lineStep;
      for (let at: usize = 0; at < weights; at += QUAD) {
        const w0 = v128.load(w + at);
        const w1 = v128.load(w + at, 16);
        s0 = dot(w0, v128.load(line + at), s0);
        s1 = dot(w1, v128.load(line + at, 16), s1);
        t0 = dot(w0, v128.load(second + at), t0);
        t1 = dot(w1, v128.load(second + at, 16), t1);
        u0 = dot(w0, v128.load(third + at), u0);
        u1 = dot(w1, v128.load(third + at, 16), u1);
        v0 = dot(w0, v128.load(fourth + at), v0);
        v1 = dot(w1, v128.load(fourth + at, 16), v1);
      }
      Inlined.put(y, s0, s1, a0, a1, curve, group);
      if (ox + 1 < outWidth) Inlined.put(y + yStep, t0, t1, a0, a1, curve, group);
      if (ox + 2 < outWidth) Inlined.put(y + 2 * yStep, u0, u1, a0, a1, curve, group);
      if (ox + 3 < outWidth) Inlined.put(y + 3 * yStep, v0, v1, a0, a1, curve, group);
      y += 4 * yStep;
      line += 4 * lineStep;
    }
  }

  @inline
  static put(y: usize, s0: v128, s1: v128, a0: v128, a1: v128, curve: usize, group: usize): void {
    const eight =
      curve != 0
        ? bendSums(s0, s1, a0, a1, curve, group)
        : toActivations(rescale(s0, a0), rescale(s1, a1));
    v128.store64_lane(y, eight, 0);
  }
}
