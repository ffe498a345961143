/** Items of a block; layout.ts of the folder above has the same. */
export const SLOTS: usize = 64;

/** Bytes of a float32 number for each item. */
const ROW: usize = SLOTS * 4;

/** @param stride bytes of the codes of an item, a multiple of 16 */
export function scalesOf(block: usize, stride: usize): usize {
  return block + SLOTS * stride;
}

export function offsetsOf(block: usize, stride: usize): usize {
  return scalesOf(block, stride) + ROW;
}

export function biasOf(block: usize, stride: usize): usize {
  return offsetsOf(block, stride) + ROW;
}
