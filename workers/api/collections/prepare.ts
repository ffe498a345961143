import { sha256 } from "../../../shared/package/digest.ts";
import { HttpError } from "../../http/errors.ts";
import { logError } from "../../http/log.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Metadata } from "../../protocol/metadata.ts";
import type { NewItem } from "../../protocol/shard.ts";
import { pictureKey } from "../../storage/layout.ts";
import type { Item } from "../request/items.ts";
import type { Occasion } from "../request/select.ts";
import { vectorsOf } from "./vectors.ts";

/** An item to write. */
export interface Entry {
  id: string;
  item: Item;
  metadata: Metadata;
  /** ETag of the object of the bucket that it follows. */
  etag: string | null;
}

/** @returns undefined if the picture is not in base64, which embedding it will tell */
function pictureOf({ item }: Entry): Uint8Array<ArrayBuffer> | undefined {
  try {
    return item.kind === "image" ? item.bytes() : undefined;
  } catch (error) {
    if (error instanceof HttpError) return undefined;
    throw error;
  }
}

/** Embeds an entry by all versions that its collection wants. */
export async function prepare(
  occasion: Occasion,
  record: CollectionRecord,
  entries: Entry[],
  onFailure: (error: HttpError, index: number) => null,
): Promise<(NewItem | null)[]> {
  const { served, target, model, storeImages } = record;
  const items = entries.map(({ item }) => item);
  const byServed = await vectorsOf(occasion, model, served, items, onFailure);
  // What fails by the target alone stays pending there, so that it does not keep the item out.
  const byTarget = target
    ? await vectorsOf(occasion, model, target, items, () => null).catch((error: unknown) => {
        logError(error, { collection: record.name });
        return [];
      })
    : [];
  return Promise.all(
    entries.map(async (entry, i): Promise<NewItem | null> => {
      const vector = byServed[i];
      if (!vector) return null;
      const next = byTarget[i];
      const picture = pictureOf(entry);
      const digest = picture ? await sha256(picture) : null;
      let image: NewItem["image"] = null;
      if (storeImages && picture && digest) {
        const key = pictureKey(record.uid);
        await occasion.settings.MODELS.put(key, picture);
        image = { key };
      }
      return {
        id: entry.id,
        metadata: entry.metadata,
        sha256: digest,
        image,
        etag: entry.etag,
        vectors: {
          [served.version]: vector,
          ...(target && next && { [target.version]: next }),
        },
      };
    }),
  );
}
