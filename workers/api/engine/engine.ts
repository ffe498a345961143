import { type Embedder, FloatEmbedder } from "../../../shared/embedder.ts";
import type { Engine } from "../../../shared/model.ts";
import type { Package } from "../../../shared/package/codec.ts";
import { Int8Embedder } from "./int8/embedder.ts";
import { RELAXED_SIMD } from "./pddm/kernel.ts";
import { openSimilarity } from "./pddm/open.ts";

/** How networks compute: "auto" is int8 where package and runtime can, and float32 elsewhere. */
export type Arithmetic = "auto" | "int8" | "float32";

/** @throws Error where int8 is asked for, and package or runtime cannot */
function openEmbedder(content: Package, arithmetic: Arithmetic): Embedder {
  const able = RELAXED_SIMD && content.activations !== undefined;
  if (arithmetic === "float32" || (arithmetic === "auto" && !able)) {
    return new FloatEmbedder(content);
  }
  if (!RELAXED_SIMD) throw new Error("int8 arithmetic needs relaxed SIMD, which is not here");
  return new Int8Embedder(content);
}

/** What computes at the edge. */
export const engineOf = (arithmetic: Arithmetic): Engine => ({
  openEmbedder: (content) => openEmbedder(content, arithmetic),
  openSimilarity,
});
