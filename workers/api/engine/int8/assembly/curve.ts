import { round, toActivations } from "./requantize";

/** The functions of activation, as numbered in ../curves.ts. A curve of 0 is none: clamping does it. */
const RELU: i32 = 1;
const RELU6: i32 = 2;
const HARD_SIGMOID: i32 = 3;
const HARD_SWISH: i32 = 4;
const SIGMOID: i32 = 5;
const SWISH: i32 = 6;
const ELU: i32 = 7;
const LEAKY_RELU: i32 = 8;

/** Bytes of a curve before its coefficients, and of the coefficients of a group of 8 channels. */
const HEAD: usize = 16;
const GROUP_BYTES: usize = 64;

/** f(x) of four numbers. @param slope of leaky_relu below 0 */
export function apply(kind: i32, slope: f32, x: v128): v128 {
  const zero = f32x4.splat(0);
  if (kind == RELU) return f32x4.max(x, zero);
  if (kind == RELU6) return f32x4.min(f32x4.max(x, zero), f32x4.splat(6));
  if (kind == HARD_SWISH) return f32x4.mul(x, hardSigmoid(x));
  if (kind == HARD_SIGMOID) return hardSigmoid(x);
  if (kind == SWISH) return f32x4.mul(x, sigmoid(x));
  if (kind == SIGMOID) return sigmoid(x);
  const positive = f32x4.max(x, zero);
  const negative = f32x4.min(x, zero);
  if (kind == LEAKY_RELU) return f32x4.add(positive, f32x4.mul(negative, f32x4.splat(slope)));
  if (kind == ELU) return f32x4.add(positive, f32x4.sub(exp(negative), f32x4.splat(1)));
  return x;
}

function hardSigmoid(x: v128): v128 {
  const line = f32x4.add(f32x4.mul(x, f32x4.splat(1.0 / 6.0)), f32x4.splat(0.5));
  return f32x4.min(f32x4.max(line, f32x4.splat(0)), f32x4.splat(1));
}

function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

/**
 * e^x to 2e-7 of its value: x = n ln 2 + r with |r| <= ln 2 / 2, and e^r by its Taylor polynomial. The exponent
 * of the float takes n.
 */
function exp(x: v128): v128 {
  x = f32x4.min(f32x4.max(x, f32x4.splat(-87)), f32x4.splat(88));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
  // ln 2 in two parts, the first of so few digits that n times it is exact.
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.0 / 720.0);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 120.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 24.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 6.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  return i32x4.add(p, i32x4.shl(i32x4.trunc_sat_f32x4_s(n), 23));
}

/**
 * Activations of eight values: clamp(round(c f(x) + d)).
 *
 * @param curve the number of f as int32, its slope as float32, 8 unused bytes, then for each group of 8 channels c
 *   and d, float32
 * @param group which group
 */
export function bend(low: v128, high: v128, curve: usize, group: usize): v128 {
  const kind = load<i32>(curve);
  const slope = load<f32>(curve, 4);
  const cd = curve + HEAD + group * GROUP_BYTES;
  low = f32x4.add(f32x4.mul(apply(kind, slope, low), v128.load(cd)), v128.load(cd, 32));
  high = f32x4.add(f32x4.mul(apply(kind, slope, high), v128.load(cd, 16)), v128.load(cd, 48));
  return toActivations(round(low), round(high));
}

/** As `bend`, of sums: x = a sum. */
export function bendSums(s0: v128, s1: v128, a0: v128, a1: v128, curve: usize, group: usize): v128 {
  const low = f32x4.mul(f32x4.convert_i32x4_s(s0), a0);
  const high = f32x4.mul(f32x4.convert_i32x4_s(s1), a1);
  return bend(low, high, curve, group);
}
