import {
  type DatasetEntry,
  DATASET_FORMAT,
  type DatasetIndex,
  entryLine,
} from "../../../shared/dataset/dataset.ts";
import { sha256 } from "../../../shared/package/digest.ts";
import { answerOf, call, callWith } from "./client.ts";

const bytesOf = (text: string) => Uint8Array.from(new TextEncoder().encode(text));

/** A data set as a pusher sends it. */
export interface TinyDataset {
  index: DatasetIndex;
  entries: DatasetEntry[];
  /** The shards' contents. */
  shards: Uint8Array<ArrayBuffer>[];
}

/**
 * Makes a data set of a class for each letter, with images `<class>/<number>.png`.
 *
 * @param options.seed changes the images' contents
 * @param options.shards texts of which the shards consist
 */
export async function tinyDataset(
  options: {
    name?: string;
    classes?: string;
    images?: number;
    seed?: number;
    shards?: string[];
  } = {},
): Promise<TinyDataset> {
  const { name = "tiny", classes = "abc", images = 2, seed = 1, shards = ["one", "two"] } = options;
  const numbers = Array.from({ length: images }, (_, i) => i);
  const entries = await Promise.all(
    [...classes].flatMap((label, i) =>
      numbers.map(async (number) => ({
        key: `${label}/${number}.png`,
        class: label,
        bytes: 10 + number,
        sha256: await sha256(`${seed} ${label} ${number}`),
        shard: i % shards.length,
      })),
    ),
  );
  return sealed({ name }, entries, shards.map(bytesOf));
}

/** Makes the index of entries. @param fields over those that agree with the entries */
export async function sealed(
  fields: Partial<DatasetIndex>,
  entries: DatasetEntry[],
  shards: Uint8Array<ArrayBuffer>[],
): Promise<TinyDataset> {
  const classNames = [...new Set(entries.map((entry) => entry.class))];
  const index: DatasetIndex = {
    format: DATASET_FORMAT,
    name: "tiny",
    images: entries.length,
    classes: classNames.length,
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    classNames,
    shards: await Promise.all(
      shards.map(async (shard) => ({ sha256: await sha256(shard), bytes: shard.length })),
    ),
    entries: await sha256(entries.map(entryLine).join("")),
    ...fields,
  };
  return { index, entries, shards };
}

/** A shard's path. */
export const shardPath = (name: string, digest: string) => `/datasets/${name}/shards/${digest}`;

export const putShard = (name: string, digest: string, body: Uint8Array<ArrayBuffer>) =>
  call(shardPath(name, digest), { method: "PUT", body });

export async function putShards({ index, shards }: TinyDataset): Promise<number[]> {
  const responses = shards.map((shard, i) => putShard(index.name, index.shards[i].sha256, shard));
  return (await Promise.all(responses)).map(({ status }) => status);
}

export const textOf = ({ index, entries }: Pick<TinyDataset, "index" | "entries">) =>
  `${JSON.stringify(index)}\n${entries.map(entryLine).join("")}`;

interface Push {
  name?: string;
  /** Bindings of the Worker. */
  changed?: Record<string, unknown>;
  headers?: Record<string, string>;
}

export const push = (body: BodyInit, { name = "tiny", changed = {}, headers = {} }: Push = {}) =>
  callWith(changed, `/datasets/${name}`, { method: "POST", body, headers });

/** Puts the shards and pushes. @returns the version */
export async function pushed(dataset: TinyDataset, status = 201): Promise<string> {
  await putShards(dataset);
  const { name } = dataset.index;
  const answer = await answerOf(await push(textOf(dataset), { name }), status);
  return (answer as { version: string }).version;
}
