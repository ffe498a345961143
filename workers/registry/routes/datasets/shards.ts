import type { IRequestStrict } from "itty-router";
import { digestSchema, MAX_SHARD_BYTES } from "../../../../shared/dataset/dataset.ts";
import { HttpError } from "../../../http/errors.ts";
import { parse } from "../../../http/parse.ts";
import { shardKey } from "../../../storage/layout.ts";
import type { Env } from "../../env.ts";
import { datasetName } from "../../input.ts";
import { rangeOf } from "../../range.ts";
import { declaredLength, storeBody } from "../../upload.ts";

function target(request: IRequestStrict): { key: string; sha256: string } {
  const sha256 = parse(digestSchema, request.params.sha256, "sha256");
  return { key: shardKey(datasetName(request), sha256), sha256 };
}

const noShard = () => new HttpError("unknown_shard", "there is no such shard", "sha256");

const headersOf = ({ httpEtag }: R2Object, length: number) => ({
  "content-type": "application/x-tar",
  "content-length": String(length),
  "accept-ranges": "bytes",
  etag: httpEtag,
});

/** HEAD /datasets/<name>/shards/<sha256>: whether there is a shard, and its size. */
export async function headShard(request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const object = await MODELS.head(target(request).key);
  if (!object) throw noShard();
  return new Response(null, { headers: headersOf(object, object.size) });
}

/** GET /datasets/<name>/shards/<sha256>: a shard, or the part of it that `Range` names. */
export async function getShard(request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const { key } = target(request);
  const header = request.headers.get("range");
  const found = header === null ? null : await MODELS.head(key);
  const range = found ? rangeOf(header, found.size) : undefined;
  const object = await MODELS.get(key, { range });
  if (!object) throw noShard();
  const { body, size } = object;
  if (!range) return new Response(body, { headers: headersOf(object, size) });
  const { offset, length } = range;
  const part = `bytes ${offset}-${offset + length - 1}/${size}`;
  const headers = { ...headersOf(object, length), "content-range": part };
  return new Response(body, { status: 206, headers });
}

/** PUT /datasets/<name>/shards/<sha256>: streams a shard to R2, which checks its digest. */
export async function putShard(request: IRequestStrict, { MODELS }: Env): Promise<Response> {
  const { key, sha256 } = target(request);
  const bytes = declaredLength(request, MAX_SHARD_BYTES);
  const answer = (status: 200 | 201) => Response.json({ sha256, bytes }, { status });
  if (await MODELS.head(key)) {
    // It is there, whether or not the client sends all of it again.
    await request.body?.pipeTo(new WritableStream()).catch(() => undefined);
    return answer(200);
  }
  // A header, because R2Conditional would compare * with ETags.
  const onlyIf = new Headers({ "if-none-match": "*" });
  const stored = await storeBody(MODELS, key, request, bytes, { sha256, onlyIf });
  return answer(stored ? 201 : 200);
}
