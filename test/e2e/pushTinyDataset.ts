import * as z from "zod";
import { DATASET_FORMAT, type DatasetEntry, entryLine } from "../../shared/dataset/dataset.ts";
import { sha256 } from "../../shared/package/digest.ts";

const pushedSchema = z.object({ version: z.string() });

/** Sends a request to the registry with a key. @returns the JSON of a success */
export type Ask = (
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer>,
) => Promise<unknown>;

/** Pushes a data set "tiny" of one image that nobody decodes. @returns its index and version */
export async function pushTinyDataset(ask: Ask) {
  const shard = Uint8Array.from(Buffer.from("a shard"));
  const digest = await sha256(shard);
  await ask("PUT", `/datasets/tiny/shards/${digest}`, shard);
  const entry: DatasetEntry = { key: "a/1", class: "a", bytes: 3, sha256: digest, shard: 0 };
  const index = {
    ...{ format: DATASET_FORMAT, name: "tiny", images: 1, classes: 1, bytes: 3 },
    ...{ classNames: ["a"], shards: [{ sha256: digest, bytes: shard.length }] },
    entries: await sha256(entryLine(entry)),
  };
  const text = `${JSON.stringify(index)}\n${entryLine(entry)}`;
  const { version } = pushedSchema.parse(await ask("POST", "/datasets/tiny", text));
  return { index, version };
}
