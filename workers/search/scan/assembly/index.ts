/**
 * Scans the items of a matrix for those nearest to queries, in AssemblyScript. Arguments that name data are
 * addresses in the imported memory. ../layout.ts describes the memory.
 *
 * Codes have 8 bits with their sign. Numbers of a query have 7 bits, 1 to 127, of which 64 stands for zero, so
 * that the products of relaxed SIMD are exact on every processor.
 */
import { biasOf, SLOTS } from "./block";
import { score } from "./score";
import { clear, select } from "./select";

export { prepare } from "./prepare";

/** Bytes of a selection. */
const SELECTION: usize = 24;

/**
 * Finds the largest values of each selection in one pass over the blocks.
 *
 * @param queries one after the other, `stride` bytes each
 * @param scores working memory: for each query a float32 for each slot of a block
 * @param selections of each: which query, int32; gain, float32; whether the bias of the items is added, int32;
 *   bits of the wanted slots, an address, or 0 for all; the heap, an address; k, int32
 */
export function scan(
  blocks: usize,
  blockBytes: usize,
  count: i32,
  stride: usize,
  queries: usize,
  numQueries: i32,
  scores: usize,
  selections: usize,
  numSelections: i32,
): void {
  const end = selections + <usize>numSelections * SELECTION;
  let filtered = true;
  for (let at = selections; at < end; at += SELECTION) {
    clear(load<u32>(at, 16), load<i32>(at, 20));
    filtered = filtered && load<u32>(at, 12) != 0;
  }
  for (let block = 0; block < count; block++, blocks += blockBytes) {
    if (filtered && !anyWanted(selections, end, block)) continue;
    score(blocks, stride, queries, numQueries, scores);
    for (let at = selections; at < end; at += SELECTION) {
      const wanted = wantedOf(at, block);
      if (wanted == 0) continue;
      select(
        scores + <usize>load<u32>(at) * SLOTS * 4,
        load<f32>(at, 4),
        load<i32>(at, 8) ? biasOf(blocks, stride) : 0,
        wanted,
        block * <i32>SLOTS,
        load<u32>(at, 16),
        load<i32>(at, 20),
      );
    }
  }
}

function wantedOf(selection: usize, block: i32): i64 {
  const bits: usize = load<u32>(selection, 12);
  return bits ? load<i64>(bits + ((<usize>block) << 3)) : -1;
}

function anyWanted(selections: usize, end: usize, block: i32): bool {
  for (let at = selections; at < end; at += SELECTION) {
    if (wantedOf(at, block) != 0) return true;
  }
  return false;
}
