import { toPixels } from "../../../shared/image.ts";
import type { Model } from "../../../shared/model.ts";
import { sha256 } from "../../../shared/package/digest.ts";
import { decodeImage } from "../decode/decode.ts";
import { EmbeddingCache } from "./embeddingCache.ts";
import { idOf } from "../models/models.ts";
import type { Settings } from "../env.ts";
import type { ImageItem } from "../request/items.ts";

const cache = new EmbeddingCache();

/** What the embeddings that this isolate keeps take of its memory. */
export const cacheBytes = (): number => cache.bytes;

export interface EmbeddedImages {
  /** Unit vectors in the order of the images, not to be written into. */
  rows: Float32Array[];
  /** Of how many the embedding was there: kept from before, or of an equal image of the request. */
  cached: number;
  /** Milliseconds, for the Server-Timing header. */
  timing: { decode: number; embed: number };
}

/**
 * The unit vectors of images, each distinct one computed once. Images are decoded one after the other,
 * each to the network's size, so that only one large bitmap exists at a time, and embedded together.
 *
 * All of this is work of the processor, without a wait between which another request of the isolate could
 * come: the next one with the same image finds it kept, so there is nobody to share what is under way with.
 *
 * @throws HttpError 400, 413 or 422 for the first image that cannot be embedded
 */
export async function embedImages(
  images: ImageItem[],
  model: Model,
  { MAX_PIXELS, CACHE_BYTES }: Settings,
): Promise<EmbeddedImages> {
  const { name, version, input, embedding } = model.manifest;
  // Two arithmetics give two embeddings of one image.
  const computedBy = `${idOf(name, version)} ${model.arithmetic}`;
  const started = performance.now();
  const imageSize = input.width * input.height * 3;
  const pixels = new Uint8Array(images.length * imageSize);
  const rows = new Map<string, Float32Array>();
  const keys: string[] = [];
  /** In the order of their pixels. */
  const missing = new Set<string>();
  for (const { bytes, where } of images) {
    const content = bytes();
    const key = `${computedBy} ${await sha256(content)}`;
    keys.push(key);
    const kept = cache.get(key);
    if (kept) rows.set(key, kept);
    if (kept || missing.has(key)) continue;
    const resized = await decodeImage(content, where, MAX_PIXELS, (bitmap) =>
      toPixels(bitmap, input),
    );
    pixels.set(resized, missing.size * imageSize);
    missing.add(key);
  }
  const decoded = performance.now();
  const vectors =
    missing.size > 0
      ? model.embed(pixels.subarray(0, missing.size * imageSize))
      : new Float32Array();
  [...missing].forEach((key, i) => {
    // A copy: one kept row shall not keep those of the whole request.
    const row = vectors.slice(i * embedding.dimensions, (i + 1) * embedding.dimensions);
    rows.set(key, row);
    cache.set(key, row, CACHE_BYTES);
  });
  return {
    rows: keys.flatMap((key) => rows.get(key) ?? []),
    cached: images.length - missing.size,
    timing: { decode: decoded - started, embed: performance.now() - decoded },
  };
}
