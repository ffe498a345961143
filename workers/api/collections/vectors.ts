import type { Model } from "../../../shared/model.ts";
import type { Space, Vector } from "../../protocol/vector.ts";
import { openEngine } from "../engine/backend.ts";
import { embedItems } from "../inference/embedItems.ts";
import type { OnFailure } from "../inference/embedImages.ts";
import { join } from "../inference/scores.ts";
import type { Item } from "../request/items.ts";
import { type Occasion, useModel } from "../request/select.ts";

/** Adds what a space has beside embeddings. @param rows unit vectors, which are copied */
export function locate(model: Model, { local, width }: Space, rows: Float32Array[]): Vector[] {
  const places = local ? model.places(join(rows)) : null;
  // Each has its own buffer, because sending a view would send all that it is a view of.
  return rows.map((row, i) => ({
    embedding: row.slice(),
    ...(places && {
      place: places.z.slice(i * width, (i + 1) * width),
      reference: places.densities[i]!,
    }),
  }));
}

/**
 * Computes the vectors of items by a version of a model. Pictures are embedded a batch at a time.
 *
 * @param onFailure called for each item that cannot be embedded; it has null in the answer
 * @throws HttpError 404, 503 if there is no such version
 */
export async function vectorsOf(
  occasion: Occasion,
  model: string,
  space: Space,
  items: Item[],
  onFailure: OnFailure<null>,
): Promise<(Vector | null)[]> {
  const { MAX_BATCH } = occasion.settings;
  if (space.local) await openEngine();
  const vectors: (Vector | null)[] = [];
  for (let start = 0; start < items.length; start += MAX_BATCH) {
    const batch = items.slice(start, start + MAX_BATCH);
    const located = await useModel(
      occasion,
      { name: model, version: space.version },
      async (it) => {
        const { rows } = await embedItems(batch, it, occasion.settings, (error, index) =>
          onFailure(error, start + index),
        );
        const found = locate(
          it,
          space,
          rows.filter((row) => row !== null),
        );
        return rows.map((row) => (row ? (found.shift() ?? null) : null));
      },
    );
    vectors.push(...located);
  }
  return vectors;
}
