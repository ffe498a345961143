/**
 * Measures the peak of multiply-adds of float32 vectors in WebAssembly: twelve independent chains x = x a + b. They
 * hide the latency of a multiplication and an addition and, with a and b, fit into V8's fifteen registers. Nothing is
 * loaded or stored.
 */

function madd(x: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, a, b);
  return f32x4.add(f32x4.mul(x, a), b);
}

/**
 * Runs `steps` times 96 operations: 12 chains of 4 lanes, each a multiplication and an addition.
 *
 * @param scale,offset a and b. As constants they would be four times as slow, because V8 creates constants again at
 *   every use
 */
export function run(steps: i32, scale: f32, offset: f32): f32 {
  const a = f32x4.splat(scale);
  const b = f32x4.splat(offset);
  let x0 = f32x4.splat(0);
  let x1 = f32x4.splat(1);
  let x2 = f32x4.splat(2);
  let x3 = f32x4.splat(3);
  let x4 = f32x4.splat(4);
  let x5 = f32x4.splat(5);
  let x6 = f32x4.splat(6);
  let x7 = f32x4.splat(7);
  let x8 = f32x4.splat(8);
  let x9 = f32x4.splat(9);
  let x10 = f32x4.splat(10);
  let x11 = f32x4.splat(11);
  for (let step = 0; step < steps; step++) {
    x0 = madd(x0, a, b);
    x1 = madd(x1, a, b);
    x2 = madd(x2, a, b);
    x3 = madd(x3, a, b);
    x4 = madd(x4, a, b);
    x5 = madd(x5, a, b);
    x6 = madd(x6, a, b);
    x7 = madd(x7, a, b);
    x8 = madd(x8, a, b);
    x9 = madd(x9, a, b);
    x10 = madd(x10, a, b);
    x11 = madd(x11, a, b);
  }
  const low = f32x4.add(f32x4.add(f32x4.add(x0, x1), x2), f32x4.add(f32x4.add(x3, x4), x5));
  const high = f32x4.add(f32x4.add(f32x4.add(x6, x7), x8), f32x4.add(f32x4.add(x9, x10), x11));
  return f32x4.extract_lane(f32x4.add(low, high), 0);
}
