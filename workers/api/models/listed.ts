import { channelKey, MODELS_PREFIX } from "../../storage/layout.ts";

/** A model with a version in a channel. */
export interface ListedModel {
  name: string;
  /** When its version was promoted. */
  promoted: Date;
}

/** The models with a version in a channel, in the order of their names. */
export async function listModels(bucket: R2Bucket, channel: string): Promise<ListedModel[]> {
  const models: ListedModel[] = [];
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix: MODELS_PREFIX, cursor });
    for (const { key, uploaded } of page.objects) {
      const [name = ""] = key.slice(MODELS_PREFIX.length).split("/", 1);
      if (key === channelKey(name, channel)) models.push({ name, promoted: uploaded });
    }
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return models;
}
