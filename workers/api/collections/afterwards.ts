import { logError } from "../../http/log.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Settings } from "../env.ts";
import { collectionObject } from "./objects.ts";

/** Deletes pictures that no item refers to any more. A failure leaves them until the collection is deleted. */
export async function deleteOrphans({ MODELS }: Settings, keys: string[]): Promise<void> {
  if (keys.length > 0) await MODELS.delete(keys).catch((error: unknown) => logError(error, {}));
}

/** Serves the target if what was sent again, or is gone, was the last that it was waiting for. */
export async function moveOn(settings: Settings, { name }: CollectionRecord, ids: string[]) {
  const collection = collectionObject(settings, name);
  await collection.settle(ids);
  await collection.advance();
}
