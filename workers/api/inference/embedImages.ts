import type { Model } from "../../../shared/model.ts";
import { sha256 } from "../../../shared/package/digest.ts";
import { decodeImage } from "../decode/decode.ts";
import { EmbeddingCache } from "./embeddingCache.ts";
import { HttpError } from "../../http/errors.ts";
import { idOf } from "../models/models.ts";
import type { Settings } from "../env.ts";
import type { ImageItem } from "../request/items.ts";

const cache = new EmbeddingCache();

/** Bytes of memory that the cached embeddings of this isolate take. */
export const cacheBytes = (): number => cache.bytes;

/**
 * Returns the replacement for an item that cannot be embedded, by its index; or throws.
 */
export type OnFailure<F> = (error: HttpError, index: number) => F;

/** @param F what stands in the place of an image that cannot be embedded */
export interface EmbeddedImages<F = never> {
  /** Unit vectors in the order of the images. They may be shared with the cache: do not modify them. */
  rows: (Float32Array | F)[];
  /** Number of images whose embedding was in the cache or came from an equal image of the request. */
  cached: number;
  /** Milliseconds, for the Server-Timing header. */
  timing: { decode: number; embed: number };
}

/**
 * Computes the unit vectors of images, once per distinct image. Images are decoded one after the other and
 * shrunk to the input size, so that only one large bitmap exists at a time. They are embedded together.
 *
 * Two requests never compute the same image at the same time: the work is all CPU, so the later request finds
 * the embedding in the cache.
 *
 * @param onFailure called for each image that is not in base64, too large, or does not decode
 */
export async function embedImages<F>(
  images: ImageItem[],
  model: Model,
  { DECODE_BYTES, CACHE_BYTES }: Settings,
  onFailure: OnFailure<F>,
): Promise<EmbeddedImages<F>> {
  const { name, version, input, embedding } = model.manifest;
  // int8 and float32 arithmetic give different embeddings of one image.
  const computedBy = `${idOf(name, version)} ${model.arithmetic}`;
  const started = performance.now();
  const imageSize = input.width * input.height * 3;
  const pixels = new Uint8Array(images.length * imageSize);
  const rows = new Map<string, Float32Array>();
  /** The key of each image, or what stands in its place. */
  const places: (string | { failed: F })[] = [];
  /** Keys of the images to embed, in the order of their pixels. */
  const missing = new Set<string>();
  for (const [index, { bytes, where }] of images.entries()) {
    try {
      const content = bytes();
      const key = `${computedBy} ${await sha256(content)}`;
      const kept = cache.get(key);
      if (kept) rows.set(key, kept);
      if (!kept && !missing.has(key)) {
        const resized = decodeImage(content, where, input, DECODE_BYTES);
        pixels.set(resized, missing.size * imageSize);
        missing.add(key);
      }
      places.push(key);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      places.push({ failed: onFailure(error, index) });
    }
  }
  const decoded = performance.now();
  const vectors =
    missing.size > 0
      ? model.embed(pixels.subarray(0, missing.size * imageSize))
      : new Float32Array();
  [...missing].forEach((key, i) => {
    // A copy, because a view would keep the embeddings of the whole request in memory.
    const row = vectors.slice(i * embedding.dimensions, (i + 1) * embedding.dimensions);
    rows.set(key, row);
    cache.set(key, row, CACHE_BYTES);
  });
  return {
    rows: places.map((place) => {
      if (typeof place !== "string") return place.failed;
      const row = rows.get(place);
      if (!row) throw new Error("an image was not embedded");
      return row;
    }),
    cached: places.filter((place) => typeof place === "string").length - missing.size,
    timing: { decode: decoded - started, embed: performance.now() - decoded },
  };
}
