import type { CollectionRecord } from "../../protocol/collection.ts";
import { COLLECTION_NAMES_PREFIX } from "../../storage/layout.ts";
import type { Settings } from "../env.ts";
import { collectionObject } from "./objects.ts";

/** All collections in the order of their names. */
export async function listRecords(settings: Settings): Promise<CollectionRecord[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await settings.MODELS.list({ prefix: COLLECTION_NAMES_PREFIX, cursor });
    names.push(...page.objects.map(({ key }) => key.slice(COLLECTION_NAMES_PREFIX.length)));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  const records = await Promise.all(names.map((name) => collectionObject(settings, name).record()));
  return records.filter((record) => record !== null);
}
