import { offsetsOf, scalesOf, SLOTS } from "./block";
import { dot, totals } from "./dot";

/**
 * Computes the offsets c = 64 s (sum of the codes) of a block. The numbers of a query are larger by 64 than
 * they should be, to be positive. An empty slot, whose scale is 0, gets an infinite offset.
 */
export function prepare(block: usize, stride: usize): void {
  const one = i8x16.splat(1);
  let scales = scalesOf(block, stride);
  let offsets = offsetsOf(block, stride);
  let row = block;
  for (const end = scales; row < end; row += 3 * stride) {
    let s0 = i32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (const next = row + stride; row < next; row += 16) {
      s0 = dot(v128.load(row), one, s0);
      s1 = dot(v128.load(row + stride), one, s1);
      s2 = dot(v128.load(row + 2 * stride), one, s2);
      s3 = dot(v128.load(row + 3 * stride), one, s3);
    }
    const scale = v128.load(scales);
    const offset = f32x4.mul(f32x4.mul(totals(s0, s1, s2, s3), scale), f32x4.splat(64));
    const empty = f32x4.eq(scale, f32x4.splat(0));
    v128.store(offsets, v128.bitselect(f32x4.splat(f32.POSITIVE_INFINITY), offset, empty));
    scales += 16;
    offsets += 16;
  }
}
