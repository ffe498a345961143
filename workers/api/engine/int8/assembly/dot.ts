// V8 makes a constant anew at each use, by more instructions than a load takes.
const ONES = memory.data<i16>([1, 1, 1, 1, 1, 1, 1, 1], 16);

/** Whether `dot` leaves more registers to accumulators. FUSED is a constant of asconfig.json. */
export const WIDE: bool = FUSED != 0;

/**
 * sum + w x: each lane of four int32 takes four weights of 8 bits with sign and four activations of 7 bits.
 *
 * A processor with AVX-VNNI or its like does it in one instruction. Others need three and a vector of ones, which
 * V8 would make anew each time.
 */
export function dot(w: v128, x: v128, sum: v128): v128 {
  if (FUSED) return i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, sum);
  const pairs = i16x8.relaxed_dot_i8x16_i7x16_s(w, x);
  return i32x4.add(sum, i32x4.dot_i16x8_s(pairs, v128.load(ONES)));
}

/**
 * Four products beyond the range of `dot`, whose sum tells how the processor does it: x86 limits sums of two products
 * to 16 bits where it takes several instructions. AVX-VNNI gives 129540, and ARM, where bytes have signs, -508.
 *
 * @param beyond 255, as an argument so that no compiler computes the result
 */
export function probe(beyond: i32): i32 {
  const sum = i32x4.relaxed_dot_i8x16_i7x16_add_s(
    i8x16.splat(127),
    i8x16.splat(<i8>beyond),
    i32x4.splat(0),
  );
  return i32x4.extract_lane(sum, 0);
}
