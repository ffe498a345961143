/**
 * Slice of one contiguous piece, by a single copy.
 *
 * The stock kernel first copies the whole input out of the heap, even for a small slice, so cutting a batch into n
 * pieces costs n copies of the batch.
 */
import { Slice } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { allocate, float32View } from "./heap.ts";
import { replaceKernel, stockKernel } from "./kernel.ts";

interface SliceAttributes extends tf.NamedAttrMap {
  begin: number | number[];
  size: number | number[];
}

export function registerSlice(): void {
  const stock = stockKernel(Slice);
  replaceKernel(Slice, ["x"], ({ x }, attributes: SliceAttributes) => {
    const parsed = tf.slice_util.parseSliceParams(x, attributes.begin, attributes.size);
    const begin = parsed[0]!;
    const size = parsed[1]!;
    const contiguous = tf.slice_util.isSliceContinous(x.shape, begin, size);
    if (!contiguous || x.dtype !== "float32") return stock({ x }, attributes);
    const start = tf.slice_util.computeFlatOffset(begin, tf.util.computeStrides(x.shape));
    const out = allocate(size);
    float32View(out).set(float32View(x).subarray(start, start + out.size));
    return out;
  });
}
