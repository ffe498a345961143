import { type Embedder, FloatEmbedder } from "../../../shared/embedder.ts";
import type { Engine } from "../../../shared/model.ts";
import type { Manifest } from "../../../shared/package/manifest.ts";
import { Int8Embedder } from "./int8/embedder.ts";
import { RELAXED_SIMD } from "../../wasm/relaxedSimd.ts";
import { openSimilarity } from "./pddm/open.ts";

/** The wanted arithmetic of networks. "auto" is int8 if package and runtime support it, else float32. */
export type Arithmetic = "auto" | "int8" | "float32";

/**
 * Chooses the arithmetic for a package.
 *
 * @throws Error if int8 is wanted, but the package or the runtime does not support it
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
      ? "int8 arithmetic needs a package of the scheme int8"
      : "int8 arithmetic needs relaxed SIMD, which this runtime lacks",
  );
}

/** The engine of the edge, which opens networks and similarities. */
export const engineOf = (wanted: Arithmetic): Engine => ({
  openEmbedder: (content) =>
    arithmeticOf(content.manifest, wanted) === "int8"
      ? Int8Embedder.open(content)
      : FloatEmbedder.open(content),
  openSimilarity,
});
