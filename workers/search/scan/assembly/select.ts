import { SLOTS } from "./block";

/** Empties a heap of the `k` largest values: of each its value, float32, and its slot, or -1. */
export function clear(heap: usize, k: i32): void {
  for (const end = heap + ((<usize>k) << 3); heap < end; heap += 8) {
    store<f32>(heap, f32.NEGATIVE_INFINITY);
    store<i32>(heap, -1, 4);
  }
}

/**
 * Puts what is among the largest of gain * score + bias into the heap, whose root is its smallest value.
 *
 * @param bias of each slot of the block; 0: none
 * @param wanted a bit for each slot of the block
 * @param first number of the block's first slot
 */
export function select(
  scores: usize,
  gain: f32,
  bias: usize,
  wanted: i64,
  first: i32,
  heap: usize,
  k: i32,
): void {
  const gains = f32x4.splat(gain);
  let least = f32x4.splat(load<f32>(heap));
  for (let at: usize = 0; at < SLOTS * 4; at += 16) {
    let values = f32x4.mul(v128.load(scores + at), gains);
    if (bias) values = f32x4.add(values, v128.load(bias + at));
    let larger = i32x4.bitmask(f32x4.gt(values, least));
    if (larger == 0) continue;
    const slot = <i32>(at >> 2);
    larger &= <i32>(wanted >> slot);
    if (larger == 0) continue;
    if (larger & 1) replaceRoot(heap, k, f32x4.extract_lane(values, 0), first + slot);
    if (larger & 2) replaceRoot(heap, k, f32x4.extract_lane(values, 1), first + slot + 1);
    if (larger & 4) replaceRoot(heap, k, f32x4.extract_lane(values, 2), first + slot + 2);
    if (larger & 8) replaceRoot(heap, k, f32x4.extract_lane(values, 3), first + slot + 3);
    least = f32x4.splat(load<f32>(heap));
  }
}

/** Does nothing if the root is larger: the four values of a vector are compared with it at once. */
function replaceRoot(heap: usize, k: i32, value: f32, slot: i32): void {
  if (value <= load<f32>(heap)) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= k) break;
    let smaller = load<f32>(heap + ((<usize>child) << 3));
    if (child + 1 < k) {
      const right = load<f32>(heap + ((<usize>child) << 3), 8);
      if (right < smaller) {
        smaller = right;
        child++;
      }
    }
    if (smaller >= value) break;
    store<i64>(heap + ((<usize>at) << 3), load<i64>(heap + ((<usize>child) << 3)));
    at = child;
  }
  store<f32>(heap + ((<usize>at) << 3), value);
  store<i32>(heap + ((<usize>at) << 3), slot, 4);
}
