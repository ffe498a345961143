/** Adds the products of 16 codes and 16 numbers of a query, which have 7 bits, to four sums. */
export function dot(codes: v128, query: v128, sums: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return i32x4.relaxed_dot_i8x16_i7x16_add_s(codes, query, sums);
  }
  const low = i16x8.extmul_low_i8x16_s(codes, query);
  const high = i16x8.extmul_high_i8x16_s(codes, query);
  sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(low));
  return i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(high));
}

/** The sum of each of four vectors, as float32. */
export function totals(s0: v128, s1: v128, s2: v128, s3: v128): v128 {
  const low = i32x4.add(
    v128.shuffle<i32>(s0, s1, 0, 4, 1, 5),
    v128.shuffle<i32>(s0, s1, 2, 6, 3, 7),
  );
  const high = i32x4.add(
    v128.shuffle<i32>(s2, s3, 0, 4, 1, 5),
    v128.shuffle<i32>(s2, s3, 2, 6, 3, 7),
  );
  return f32x4.convert_i32x4_s(
    i32x4.add(v128.shuffle<i32>(low, high, 0, 1, 4, 5), v128.shuffle<i32>(low, high, 2, 3, 6, 7)),
  );
}
