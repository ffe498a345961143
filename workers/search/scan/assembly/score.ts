import { offsetsOf, scalesOf, SLOTS } from "./block";
import { dot, totals } from "./dot";

/** Bytes of the scores of a block. */
const ROW: usize = SLOTS * 4;

/**
 * score = s (codes . query) - c of every slot of a block: its inner product with the query, but for the scale
 * of the query. That of an empty slot is -Infinity.
 *
 * @param queries one after the other, `stride` bytes each
 * @param scores for each query, for each slot a float32
 */
export function score(
  block: usize,
  stride: usize,
  queries: usize,
  numQueries: i32,
  scores: usize,
): void {
  let scales = scalesOf(block, stride);
  let offsets = offsetsOf(block, stride);
  // Four items are read from memory for the first queries, and from the cache for the others.
  for (let row = block, end = scales; row < end; row += 4 * stride) {
    const scale = v128.load(scales);
    const offset = v128.load(offsets);
    let query = queries;
    let to = scores;
    let left = numQueries;
    for (; left >= 2; left -= 2) {
      two(row, stride, query, scale, offset, to);
      query += 2 * stride;
      to += 2 * ROW;
    }
    if (left) one(row, stride, query, scale, offset, to);
    scales += 16;
    offsets += 16;
    scores += 16;
  }
}

function one(row: usize, stride: usize, query: usize, scale: v128, offset: v128, to: usize): void {
  const row1 = row + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let at: usize = 0; at < stride; at += 16) {
    const q = v128.load(query + at);
    s0 = dot(v128.load(row + at), q, s0);
    s1 = dot(v128.load(row1 + at), q, s1);
    s2 = dot(v128.load(row2 + at), q, s2);
    s3 = dot(v128.load(row3 + at), q, s3);
  }
  v128.store(to, f32x4.sub(f32x4.mul(totals(s0, s1, s2, s3), scale), offset));
}

function two(row: usize, stride: usize, query: usize, scale: v128, offset: v128, to: usize): void {
  const row1 = row + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  const other = query + stride;
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let t0 = s0;
  let t1 = s0;
  let t2 = s0;
  let t3 = s0;
  for (let at: usize = 0; at < stride; at += 16) {
    const q = v128.load(query + at);
    const p = v128.load(other + at);
    let codes = v128.load(row + at);
    s0 = dot(codes, q, s0);
    t0 = dot(codes, p, t0);
    codes = v128.load(row1 + at);
    s1 = dot(codes, q, s1);
    t1 = dot(codes, p, t1);
    codes = v128.load(row2 + at);
    s2 = dot(codes, q, s2);
    t2 = dot(codes, p, t2);
    codes = v128.load(row3 + at);
    s3 = dot(codes, q, s3);
    t3 = dot(codes, p, t3);
  }
  v128.store(to, f32x4.sub(f32x4.mul(totals(s0, s1, s2, s3), scale), offset));
  v128.store(to + ROW, f32x4.sub(f32x4.mul(totals(t0, t1, t2, t3), scale), offset));
}
