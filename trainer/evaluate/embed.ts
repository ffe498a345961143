import type { Dataset } from "../data/folder.ts";
import { gatherPixels } from "../data/inputs/pixels.ts";
import { expectFinite } from "../finite.ts";
import type { Embedded } from "./embedded.ts";

const BATCH = 64;

/**
 * Embeddings of some images of a data set by an exported package.
 *
 * @param model embeds RGB bytes of n images: n * d values, unit vectors
 * @throws NonFiniteError where a value is NaN or infinite
 */
export function embedItems(
  model: { embed(pixels: Uint8Array): Float32Array },
  data: Dataset,
  items: readonly number[],
): Embedded {
  const parts: Float32Array[] = [];
  for (let start = 0; start < items.length; start += BATCH) {
    parts.push(model.embed(gatherPixels(data, items.slice(start, start + BATCH))));
  }
  const embeddings = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    embeddings.set(part, at);
    at += part.length;
  }
  expectFinite(embeddings, "the features");
  const labels = items.map((item) => data.labels[item]!);
  return { embeddings, d: embeddings.length / items.length, labels };
}
