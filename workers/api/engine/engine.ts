import { type Embedder, FloatEmbedder } from "../../../shared/embedder.ts";
import type { Engine } from "../../../shared/model.ts";
import type { Manifest } from "../../../shared/package/manifest.ts";
import { Int8Embedder } from "./int8/embedder.ts";
import { RELAXED_SIMD } from "./pddm/kernel.ts";
import { openSimilarity } from "./pddm/open.ts";

/** How networks compute: "auto" is int8 where package and runtime can, and float32 elsewhere. */
export type Arithmetic = "auto" | "int8" | "float32";

/**
 * How the network of a package computes.
 *
 * @throws Error where int8 is asked for, and package or runtime cannot
 */
export function arithmeticOf(
  { quantization: { scheme } }: Manifest,
  wanted: Arithmetic,
): Embedder["arithmetic"] {
  const able = RELAXED_SIMD && scheme === "int8";
  if (wanted === "auto") return able ? "int8" : "float32";
  if (wanted === "float32" || able) return wanted;
  throw new Error(
    RELAXED_SIMD
      ? "int8 arithmetic needs a package of the scheme int8, which this is not"
      : "int8 arithmetic needs relaxed SIMD, which is not here",
  );
}

/** What computes at the edge. */
export const engineOf = (wanted: Arithmetic): Engine => ({
  openEmbedder: (content) =>
    arithmeticOf(content.manifest, wanted) === "int8"
      ? Int8Embedder.open(content)
      : FloatEmbedder.open(content),
  openSimilarity,
});
