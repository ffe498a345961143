/**
 * UnsortedSegmentSum: out[s] = sum of x[i] over all i with segmentIds[i] = s. Ids outside 0..numSegments-1 are
 * ignored.
 *
 * tfjs lacks this kernel, which is the gradient of gather.
 */
import { UnsortedSegmentSum } from "@tensorflow/tfjs-core";
import { allocate, float32View, int32View } from "./heap.ts";
import { replaceKernel } from "./kernel.ts";

export function registerSegmentSum(): void {
  replaceKernel(
    UnsortedSegmentSum,
    ["x", "segmentIds"],
    ({ x, segmentIds }, { numSegments }: { numSegments: number }) => {
      const out = allocate([numSegments, ...x.shape.slice(1)]);
      const values = float32View(x);
      const ids = int32View(segmentIds);
      const sums = float32View(out).fill(0);
      const size = ids.length === 0 ? 0 : values.length / ids.length;
      let at = 0;
      for (const id of ids) {
        if (id >= 0 && id < numSegments) {
          const start = id * size;
          for (let i = 0; i < size; i++) sums[start + i]! += values[at + i]!;
        }
        at += size;
      }
      return out;
    },
  );
}
