import type * as tf from "@tensorflow/tfjs-core";
import type { PddmShape } from "../../../../shared/pddm/form.ts";
import * as composed from "../../../../shared/pddm/similarity.ts";
import { FusedUnit } from "./fused.ts";
import { RELAXED_SIMD } from "../../../wasm/relaxedSimd.ts";
import { heapMemory } from "./heap.ts";
import { openKernel } from "./kernel.ts";

/** Opens a similarity as shared/pddm/similarity.ts does, but runs the paper's unit on the kernel. */
export function openSimilarity(
  shape: PddmShape,
  weights: ReadonlyMap<string, tf.Tensor>,
): composed.Similarity {
  if (shape.form === "local") return composed.openSimilarity(shape, weights);
  return new FusedUnit(openKernel(heapMemory(), RELAXED_SIMD), shape, weights);
}
