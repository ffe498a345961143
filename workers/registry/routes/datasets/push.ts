import type { IRequestStrict } from "itty-router";
import type * as z from "zod";
import {
  type DatasetIndex,
  datasetVersion,
  entrySchema,
  indexSchema,
} from "../../../../shared/dataset/dataset.ts";
import { parseJson } from "../../../../shared/json.ts";
import { HttpError } from "../../../http/errors.ts";
import { Lines } from "../../../http/lines.ts";
import { parse } from "../../../http/parse.ts";
import { entriesKey } from "../../../storage/layout.ts";
import { checkIndex, EntriesCheck } from "../../datasets/check.ts";
import { EntriesWriter } from "../../datasets/entriesWriter.ts";
import { missingShard } from "../../datasets/store.ts";
import type { Env } from "../../env.ts";
import { datasetName } from "../../input.ts";

/** Characters of the index: 20,000 classes and 60,000 shards have about 6 million. */
const MAX_INDEX = 8_000_000;

/** Characters of an entry: a key and a class of the greatest length, in escapes, have about 5,000. */
const MAX_ENTRY = 8192;

/** POST /datasets/<name>: checks an index and its entries, and makes them a version. Nothing is held but the index. */
export async function push(request: IRequestStrict, env: Env): Promise<Response> {
  const { MODELS, DATASETS } = env;
  const name = datasetName(request);
  const { index, contents } = await receive(request, MODELS, name);
  const version = await datasetVersion(index, contents);
  const outcome = await DATASETS.get(DATASETS.idFromName(name)).commit(version, index);
  if (outcome === "missing") {
    await demandShards(MODELS, index);
    const problem = "another request removed the entries while they were checked; push again";
    throw new HttpError("conflict", problem);
  }
  return Response.json(
    { name, version },
    {
      status: outcome === "new" ? 201 : 200,
      headers: { location: `/datasets/${name}/${version}` },
    },
  );
}

/** Reads the body, and stores the entries. */
async function receive(
  request: Request,
  bucket: R2Bucket,
  name: string,
): Promise<{ index: DatasetIndex; contents: string }> {
  const lines = new Lines(request);
  try {
    const index = await readIndexLine(lines, name);
    await demandShards(bucket, index);
    return { index, contents: await storeEntries(bucket, index, lines) };
  } finally {
    await lines.close();
  }
}

function parseLine<T>(schema: z.ZodType<T>, line: string, where: string): T {
  const json = parseJson(line);
  if (json === undefined) {
    throw new HttpError("invalid_json", `${where}: the line is not JSON`, where);
  }
  return parse(schema, json, where);
}

async function readIndexLine(lines: Lines, name: string): Promise<DatasetIndex> {
  const line = await lines.next(MAX_INDEX);
  if (line === undefined) {
    throw new HttpError("empty_body", "the body is empty; its first line is the index");
  }
  const index = parseLine(indexSchema, line, "index");
  if (index.name !== name) {
    const problem = `the index names data set "${index.name}", the path names "${name}"`;
    throw new HttpError("name_mismatch", problem, "index.name");
  }
  checkIndex(index);
  return index;
}

/** @throws HttpError 422 shard_missing */
async function demandShards(bucket: R2Bucket, index: DatasetIndex): Promise<void> {
  const position = await missingShard(bucket, index);
  if (position === undefined) return;
  const { sha256, bytes } = index.shards[position]!;
  const problem = `there is no shard ${sha256} of ${bytes} bytes; put it first, then push again`;
  const param = `index.shards[${position}]`;
  throw new HttpError("shard_missing", `${param}: ${problem}`, param);
}

/** Checks entries and writes them to R2, unless they are there. @returns the digest of their contents */
async function storeEntries(bucket: R2Bucket, index: DatasetIndex, lines: Lines): Promise<string> {
  const key = entriesKey(index.name, index.entries);
  const isStored = (await bucket.head(key)) !== null;
  const upload = isStored ? null : await bucket.createMultipartUpload(key);
  try {
    const writer = new EntriesWriter(upload);
    const check = new EntriesCheck(index);
    for (;;) {
      const line = await lines.next(MAX_ENTRY);
      if (line === undefined) break;
      const entry = parseLine(entrySchema, line, check.where);
      check.add(entry);
      await writer.add(entry);
    }
    const digests = await writer.digests();
    check.finish(digests.lines);
    await writer.complete();
    return digests.contents;
  } catch (error) {
    await upload?.abort();
    throw error;
  }
}
