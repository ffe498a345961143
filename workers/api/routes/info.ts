import type { AppContext } from "../app.ts";
import type { Answer } from "../contract/contract.ts";
import type { info as contract } from "../contract/status.ts";
import { ENGINE } from "../engine/backend.ts";
import { withModel } from "../request/select.ts";

/**
 * What decoding takes for each pixel, the file included, of the common kind that takes most: a WebP. JPEG and
 * PNG may be larger.
 */
const BYTES_OF_PIXEL = 5;

/** GET /info: the model, its training record, the limits and the engine. */
export async function info(c: AppContext): Promise<Response> {
  const { MAX_BODY_BYTES, MAX_IMAGE_BYTES, MAX_BATCH, MAX_ITEMS, DECODE_BYTES } = c.var.settings;
  return withModel(c, ({ manifest, arithmetic }, refreshError) => {
    const { ranking } = manifest;
    const { dataset } = manifest.training;
    return Promise.resolve(
      c.json({
        model: manifest.name,
        version: manifest.version,
        sha256: manifest.weights.sha256,
        created: manifest.created,
        dimensions: manifest.embedding.dimensions,
        input: { width: manifest.input.width, height: manifest.input.height },
        quantization: manifest.quantization.scheme,
        weights: { bytes: manifest.weights.bytes },
        ranking: { by: ranking.by, recall_at_1: ranking.recallAt1, classes: ranking.classes },
        training: {
          dataset: dataset.name,
          images: dataset.images,
          classes: { train: dataset.trainClasses, test: dataset.testClasses },
          method: manifest.training.method,
          metrics: manifest.training.metrics,
        },
        limits: {
          body_bytes: MAX_BODY_BYTES,
          image_bytes: MAX_IMAGE_BYTES,
          images: MAX_BATCH,
          items: MAX_ITEMS,
          pixels: Math.floor(DECODE_BYTES / BYTES_OF_PIXEL),
          decode_bytes: DECODE_BYTES,
        },
        engine: { ...ENGINE, arithmetic },
        refresh_error: refreshError ?? null,
      } satisfies Answer<typeof contract>),
    );
  });
}
