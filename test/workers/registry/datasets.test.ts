import { listDurableObjectIds, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { type DatasetIndex, entryLine } from "../../../shared/dataset/dataset.ts";
import { sha256 } from "../../../shared/package/digest.ts";
import { keyEntry } from "../../../workers/http/keys.ts";
import { answerOf, bearer, bindings, call, callWith, cut, KEY, post, refusalOf } from "./client.ts";
import {
  push,
  pushed,
  putShard,
  putShards,
  sealed,
  shardPath,
  textOf,
  tinyDataset,
  type TinyDataset,
} from "./dataset.ts";

const { MODELS } = bindings;

beforeEach(reset);

const keysLeft = async () => (await MODELS.list()).objects.map(({ key }) => key);

const remove = (name: string, version: string) =>
  call(`/datasets/${name}/${version}`, { method: "DELETE" });

const gzip = (text: string) =>
  new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).blob();

/** The version, computed in another way. */
const versionOf = async ({ index, entries }: TinyDataset) => {
  const lines = entries.map((it) => `["${it.sha256}","${it.class}","${it.key}"]\n`);
  const parts = [index.format, index.name, index.trainClasses ?? null, index.classNames];
  const text = JSON.stringify([...parts, await sha256(lines.join(""))]);
  return (await sha256(text)).slice(0, 16);
};

describe("POST /datasets/<name>", () => {
  it("makes a version, which is listed and read as it was sent", async () => {
    const dataset = await tinyDataset();
    const version = await pushed(dataset);
    expect(version).toBe(await versionOf(dataset));
    const created = expect.stringMatching(/^\d{4}-.*Z$/) as string;
    const { images, classes, bytes } = dataset.index;
    expect(await answerOf(await call("/datasets"))).toEqual({
      datasets: [{ name: "tiny", latest: version }],
    });
    expect(await answerOf(await call("/datasets/tiny"))).toEqual({
      name: "tiny",
      latest: version,
      versions: [{ version, images, classes, bytes, created }],
    });
    expect(await answerOf(await call(`/datasets/tiny/${version}`))).toEqual({
      ...dataset.index,
      version,
      created,
    });
    const entries = await call(`/datasets/tiny/${version}/entries`);
    expect(entries.headers.get("content-type")).toBe("application/x-ndjson");
    expect(await entries.text()).toBe(dataset.entries.map(entryLine).join(""));
  });

  it("answers 200 where the version is there", async () => {
    const dataset = await tinyDataset();
    const version = await pushed(dataset);
    const before = await keysLeft();
    expect(await pushed(dataset, 200)).toBe(version);
    expect(await keysLeft()).toEqual(before);
  });

  it("takes gzip, lines in other JSON, and a last line without an end", async () => {
    const dataset = await tinyDataset();
    await putShards(dataset);
    const lines = dataset.entries.map(({ key, ...rest }) =>
      JSON.stringify({ ...rest, key }, null, 1),
    );
    const text = [dataset.index, ...lines]
      .map((line) => (typeof line === "string" ? line.replaceAll("\n", " ") : JSON.stringify(line)))
      .join("\r\n");
    const sent = await push(await gzip(text), { headers: { "content-encoding": "gzip" } });
    const version = await versionOf(dataset);
    expect(await answerOf(sent, 201)).toEqual({ name: "tiny", version });
    const entries = await call(`/datasets/tiny/${version}/entries`);
    expect(await entries.text()).toBe(dataset.entries.map(entryLine).join(""));
  });

  it("takes entries of several parts of an upload", async () => {
    const dataset = await tinyDataset({ classes: "ab", images: 30_000 });
    const entries = dataset.entries.sort((a, b) => (a.key < b.key ? -1 : 1));
    const large = await sealed({}, entries, dataset.shards);
    const version = await pushed(large);
    expect(version).toBe(await versionOf(large));
    const text = await (await call(`/datasets/tiny/${version}/entries`)).text();
    expect(text.length).toBeGreaterThan(5 * 2 ** 20);
    expect(await sha256(text)).toBe(large.index.entries);
  });

  it("orders keys by the bytes of their UTF-8", async () => {
    const { entries, shards } = await tinyDataset({ classes: "a", images: 2 });
    // UTF-16 has them in the other order.
    const keys = ["a/\uffe6.png", "a/\u{1f426}.png"];
    const named = entries.map((entry, i) => ({ ...entry, key: keys[i] }));
    await pushed(await sealed({}, named, shards));
    const swapped = await sealed({}, named.toReversed(), shards);
    expect(await refusalOf(await push(textOf(swapped)))).toMatchObject({
      status: 422,
      code: "dataset_invalid",
      param: "entries[1].key",
    });
  });

  it("names versions by images and classes, not by shards", async () => {
    const version = await pushed(await tinyDataset());
    const before = await keysLeft();
    const packed = await tinyDataset({ shards: ["three", "four", "five"] });
    expect(await pushed(packed, 200)).toBe(version);
    // What the second pusher sent is not needed.
    expect(await keysLeft()).toEqual(before);
    const { entries, index, shards } = await tinyDataset();
    const half = await sealed({ ...index, trainClasses: 1 }, entries, shards);
    expect(await pushed(half)).not.toBe(version);
  });

  it("makes the version that was pushed last the latest", async () => {
    const first = await pushed(await tinyDataset({ seed: 1 }));
    const second = await pushed(await tinyDataset({ seed: 2 }));
    const latest = async () =>
      ((await answerOf(await call("/datasets/tiny"))) as { latest: string }).latest;
    expect(await latest()).toBe(second);
    await pushed(await tinyDataset({ seed: 1 }), 200);
    expect(await latest()).toBe(first);
  });

  it("lets two push at once, the same and other versions", async () => {
    const sets = await Promise.all(
      [1, 1, 2, 2, 3].map((seed, i) => tinyDataset({ seed, shards: [`one ${i}`, "two"] })),
    );
    await Promise.all(sets.map(putShards));
    const statuses = await Promise.all(
      sets.map(async (set) => {
        const { status } = await push(textOf(set));
        return status;
      }),
    );
    expect(statuses.sort()).toEqual([200, 200, 201, 201, 201]);
    for (const set of sets) {
      const version = await versionOf(set);
      const index = (await answerOf(await call(`/datasets/tiny/${version}`))) as DatasetIndex;
      const text = await (await call(`/datasets/tiny/${version}/entries`)).text();
      expect(await sha256(text)).toBe(index.entries);
      for (const shard of index.shards) {
        const { status } = await call(shardPath("tiny", shard.sha256), { method: "HEAD" });
        expect(status).toBe(200);
      }
    }
  });
});

type Spoil = (set: TinyDataset) => TinyDataset | string | Promise<TinyDataset | string>;

const resealed = ({ index, shards }: TinyDataset, entries: TinyDataset["entries"]) =>
  sealed({ classNames: index.classNames, classes: index.classes }, entries, shards);

const withIndex =
  (fields: Partial<DatasetIndex> | ((index: DatasetIndex) => Partial<DatasetIndex>)): Spoil =>
  (set) => {
    const changed = typeof fields === "function" ? fields(set.index) : fields;
    return { ...set, index: { ...set.index, ...changed } };
  };

const withEntry =
  (position: number, fields: object): Spoil =>
  (set) =>
    resealed(
      set,
      set.entries.map((entry, i) => (i === position ? { ...entry, ...fields } : entry)),
    );

const faults: [string, number, string, string | null, Spoil][] = [
  ["nothing", 400, "empty_body", null, () => ""],
  ["an index that is not JSON", 400, "invalid_json", "index", () => "{\n"],
  [
    "an unknown format",
    400,
    "invalid_request",
    "index.format",
    withIndex({ format: "x" as never }),
  ],
  ["an unknown field", 400, "invalid_request", "index.x", withIndex({ x: 1 } as object)],
  ["another name", 422, "name_mismatch", "index.name", withIndex({ name: "other" })],
  [
    "classes that are not as many as their names",
    422,
    "dataset_invalid",
    "index.classes",
    withIndex({ classes: 2 }),
  ],
  [
    "more training classes than classes",
    422,
    "dataset_invalid",
    "index.trainClasses",
    withIndex({ trainClasses: 4 }),
  ],
  [
    "a class twice",
    422,
    "dataset_invalid",
    "index.classNames",
    withIndex({ classNames: ["a", "b", "a"] }),
  ],
  [
    "a shard twice",
    422,
    "dataset_invalid",
    "index.shards",
    withIndex(({ shards }) => ({ shards: [shards[0], shards[0]] })),
  ],
  [
    "a class without images",
    422,
    "dataset_invalid",
    "index.classNames",
    withIndex({ classes: 4, classNames: ["a", "b", "c", "d"] }),
  ],
  ["fewer entries than images", 422, "dataset_invalid", "index.images", withIndex({ images: 7 })],
  ["more entries than images", 422, "dataset_invalid", "index.images", withIndex({ images: 5 })],
  ["other bytes", 422, "dataset_invalid", "index.bytes", withIndex({ bytes: 62 })],
  [
    "another digest of the entries",
    422,
    "dataset_invalid",
    "index.entries",
    withIndex({ entries: "0".repeat(64) }),
  ],
  [
    "a shard that is not there",
    422,
    "shard_missing",
    "index.shards[2]",
    withIndex(({ shards }) => ({ shards: [...shards, { sha256: "0".repeat(64), bytes: 3 }] })),
  ],
  [
    "a shard of another size",
    422,
    "shard_missing",
    "index.shards[1]",
    withIndex(({ shards }) => ({ shards: [shards[0], { ...shards[1], bytes: 4 }] })),
  ],
  ["an entry that is not JSON", 400, "invalid_json", "entries[6]", (set) => `${textOf(set)}x`],
  ["an empty line", 400, "invalid_json", "entries[6]", (set) => `${textOf(set)}\n`],
  [
    "a key that leads out of the folder",
    400,
    "invalid_request",
    "entries[3].key",
    withEntry(3, { key: "b/../../x" }),
  ],
  [
    "an entry with an unknown field",
    400,
    "invalid_request",
    "entries[0].x",
    (set) => `${JSON.stringify(set.index)}\n${JSON.stringify({ ...set.entries[0], x: 1 })}\n`,
  ],
  ["a key twice", 422, "dataset_invalid", "entries[1].key", withEntry(1, { key: "a/0.png" })],
  [
    "keys without order",
    422,
    "dataset_invalid",
    "entries[2].key",
    withEntry(2, { key: "a/00.png" }),
  ],
  ["an unknown class", 422, "dataset_invalid", "entries[5].class", withEntry(5, { class: "x" })],
  ["a shard out of range", 422, "dataset_invalid", "entries[4].shard", withEntry(4, { shard: 2 })],
  [
    "a line that is too long",
    413,
    "body_too_large",
    null,
    (set) => `${JSON.stringify(set.index)}\n${" ".repeat(8193)}\n`,
  ],
  ["an index that is too long", 413, "body_too_large", null, () => " ".repeat(8_000_001)],
];

describe("a push with a fault", () => {
  it.each(faults)("of %s is refused with %i %s", async (_, status, code, param, spoil) => {
    const set = await tinyDataset();
    await putShards(set);
    const before = await keysLeft();
    const spoilt = await spoil(set);
    const body = typeof spoilt === "string" ? spoilt : textOf(spoilt);
    expect(await refusalOf(await push(body))).toMatchObject({ status, code, param });
    expect(await keysLeft()).toEqual(before);
    // No upload is left open, and a right push succeeds.
    await answerOf(await push(textOf(set)), 201);
  });

  it("of the body's encoding is refused", async () => {
    const text = textOf(await tinyDataset());
    const cut = (await gzip(text)).slice(0, 50);
    expect(
      await refusalOf(await push(cut, { headers: { "content-encoding": "gzip" } })),
    ).toMatchObject({ status: 400, code: "incomplete_body" });
    expect(
      await refusalOf(await push(text, { headers: { "content-encoding": "br" } })),
    ).toMatchObject({
      status: 415,
      code: "unsupported_media_type",
    });
    const latin1 = Uint8Array.of(0x22, 0xe4, 0x22, 0x0a);
    expect(await refusalOf(await push(latin1))).toMatchObject({
      status: 400,
      code: "invalid_request",
    });
  });

  it.each(["identity", "gzip"])("is read to its end, with the encoding %s", async (encoding) => {
    const part = new Uint8Array(2 ** 16).fill(32);
    let pulls = 0;
    const set = await tinyDataset();
    await putShards(set);
    const spoilt = textOf({ ...set, index: { ...set.index, name: "other" } });
    const first = encoding === "gzip" ? await gzip(spoilt) : new Blob([spoilt]);
    const rest = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          if (pulls++ === 0) controller.enqueue(await first.bytes());
          else if (pulls <= 100) controller.enqueue(part);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const headers = { "content-encoding": encoding };
    const refusal = await refusalOf(await push(rest, { headers }));
    expect(refusal).toMatchObject({ code: "name_mismatch" });
    // Otherwise the connection would be reset, and the client would not see the refusal.
    expect(pulls).toBe(101);
  });

  it("is refused if a removal takes a shard meanwhile", async () => {
    const first = await tinyDataset({ seed: 1 });
    const version = await pushed(first);
    const second = await tinyDataset({ seed: 2 });
    const overtaken = new Proxy(MODELS, {
      get(bucket, name) {
        const value: unknown = Reflect.get(bucket, name);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]): Promise<unknown> => {
          if (name === "createMultipartUpload") await remove("tiny", version);
          return Reflect.apply(value, bucket, args) as Promise<unknown>;
        };
      },
    });
    const refusal = await refusalOf(await push(textOf(second), { changed: { MODELS: overtaken } }));
    expect(refusal).toMatchObject({ status: 422, code: "shard_missing", param: "index.shards[0]" });
    expect(await answerOf(await call("/datasets"))).toEqual({ datasets: [] });
    await pushed(second);
  });
});

describe("a shard", () => {
  const bytes = Uint8Array.from(new TextEncoder().encode("0123456789"));
  const put = async () => {
    const digest = await sha256(bytes);
    return { digest, response: await putShard("tiny", digest, bytes) };
  };

  it("is stored once, and read as it was sent", async () => {
    const { digest, response } = await put();
    expect(await answerOf(response, 201)).toEqual({ sha256: digest, bytes: 10 });
    expect(await answerOf((await put()).response, 200)).toEqual({ sha256: digest, bytes: 10 });
    const read = await call(shardPath("tiny", digest));
    expect(read.headers.get("content-type")).toBe("application/x-tar");
    expect(await read.bytes()).toEqual(bytes);
    const head = await call(shardPath("tiny", digest), { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "10"]);
  });

  it("is read in part", async () => {
    const { digest } = await put();
    const part = async (range: string) => {
      const response = await call(shardPath("tiny", digest), { headers: { range } });
      const { status, headers } = response;
      return [status, headers.get("content-range"), await response.text()];
    };
    expect(await part("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
    expect(await part("bytes=7-")).toEqual([206, "bytes 7-9/10", "789"]);
    expect(await part("bytes=-3")).toEqual([206, "bytes 7-9/10", "789"]);
    expect(await part("bytes=-30")).toEqual([206, "bytes 0-9/10", "0123456789"]);
    expect(await part("bytes=9-100")).toEqual([206, "bytes 9-9/10", "9"]);
    for (const whole of ["bytes=4-2", "bytes=1-2,4-5", "items=1-2", "bytes=-"]) {
      expect(await part(whole)).toEqual([200, null, "0123456789"]);
    }
    for (const none of ["bytes=10-", "bytes=-0"]) {
      const response = await call(shardPath("tiny", digest), { headers: { range: none } });
      expect(response.headers.get("content-range")).toBe("bytes */10");
      expect(await refusalOf(response)).toMatchObject({
        status: 416,
        code: "range_not_satisfiable",
      });
    }
  });

  it("of another digest is refused and not stored", async () => {
    const refusal = await refusalOf(await putShard("tiny", "0".repeat(64), bytes));
    expect(refusal).toMatchObject({ status: 422, code: "digest_mismatch", param: "sha256" });
    expect(await keysLeft()).toEqual([]);
  });

  it("of which only a part arrives is refused and not stored", async () => {
    const digest = await sha256(bytes);
    const send = () =>
      callWith({}, shardPath("tiny", digest), {
        ...{ method: "PUT", headers: { "content-length": String(bytes.length) } },
        body: cut(bytes.slice(0, 3)),
      });
    expect(await refusalOf(await send())).toMatchObject({ status: 400, code: "incomplete_body" });
    expect(await keysLeft()).toEqual([]);
    await putShard("tiny", digest, bytes);
    expect((await send()).status).toBe(200);
  });

  it("that R2 fails to store is no fault of the client's", async () => {
    const failing = new Proxy(bindings.MODELS, {
      get(bucket, name) {
        if (name === "put") return () => Promise.reject(new Error("Network connection lost."));
        const value: unknown = Reflect.get(bucket, name);
        return typeof value === "function" ? (value.bind(bucket) as unknown) : value;
      },
    });
    const response = await callWith({ MODELS: failing }, shardPath("tiny", await sha256(bytes)), {
      ...{ method: "PUT", headers: { "content-length": String(bytes.length) }, body: bytes },
    });
    expect(await refusalOf(response)).toMatchObject({ status: 500, code: "internal_error" });
  });

  it("of too many bytes, of unknown length, empty or encoded is refused", async () => {
    const send = (headers: Record<string, string>, body: BodyInit = "short") =>
      callWith({}, shardPath("tiny", "0".repeat(64)), { method: "PUT", headers, body });
    const refusals = [
      [await send({ "content-length": "64000001" }), 413, "body_too_large"],
      [await send({}), 411, "length_required"],
      [await send({ "content-length": "0" }), 400, "empty_body"],
      [
        await send({ "content-length": "5", "content-encoding": "gzip" }),
        415,
        "unsupported_media_type",
      ],
    ] as const;
    for (const [response, status, code] of refusals) {
      expect(await refusalOf(response)).toMatchObject({ status, code });
    }
    expect(await keysLeft()).toEqual([]);
  });

  it("has a digest in its path", async () => {
    const refusal = await refusalOf(await call("/datasets/tiny/shards/abc"));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_request", param: "sha256" });
  });

  it("may not be there", async () => {
    const path = shardPath("tiny", "0".repeat(64));
    expect(await refusalOf(await call(path))).toMatchObject({ status: 404, code: "unknown_shard" });
    expect((await call(path, { method: "HEAD" })).status).toBe(404);
  });
});

describe("DELETE /datasets/<name>/<version>", () => {
  it("deletes what no other version needs", async () => {
    const shared = await tinyDataset({ seed: 1, shards: ["one", "two"] });
    const other = await tinyDataset({ seed: 2, shards: ["two", "three"] });
    const [first, second] = [await pushed(shared), await pushed(other)];
    const response = await remove("tiny", first);
    expect([response.status, await response.text()]).toEqual([204, ""]);
    const names = new Set(other.index.shards.map(({ sha256: digest }) => `${digest}.tar`));
    const { objects } = await MODELS.list({ prefix: "datasets/tiny/shards/" });
    expect(new Set(objects.map(({ key }) => key.split("/").pop()))).toEqual(names);
    expect(await refusalOf(await remove("tiny", first))).toMatchObject({
      status: 404,
      code: "unknown_dataset",
    });
    await remove("tiny", second);
    expect(await keysLeft()).toEqual([]);
  });

  it("makes no object for a data set that is not there", async () => {
    const [name, version] = ["unknown", "0123456789abcdef"];
    const objects = async () => (await listDurableObjectIds(env.DATASETS)).map(String);
    expect((await remove(name, version)).status).toBe(404);
    const request = { dataset: { name, version }, model: "tiny", config: {} };
    expect((await post("/jobs", request)).status).toBe(404);
    await remove("tiny", await pushed(await tinyDataset()));
    expect(await objects()).toContain(String(env.DATASETS.idFromName("tiny")));
    expect(await objects()).not.toContain(String(env.DATASETS.idFromName(name)));
  });

  it("moves the latest to the newest that is left", async () => {
    const versions: string[] = [];
    for (const seed of [1, 2, 3]) versions.push(await pushed(await tinyDataset({ seed })));
    const [first, second, third] = versions;
    await remove("tiny", second);
    expect(await answerOf(await call("/datasets"))).toMatchObject({
      datasets: [{ latest: third }],
    });
    await remove("tiny", third);
    expect(await answerOf(await call("/datasets"))).toMatchObject({
      datasets: [{ latest: first }],
    });
    await remove("tiny", first);
    expect(await refusalOf(await call("/datasets/tiny"))).toMatchObject({ status: 404 });
  });
});

const VERSION = "0123456789abcdef";
const readers = [
  ["GET", "/datasets"],
  ["GET", "/datasets/tiny"],
  ["GET", `/datasets/tiny/${VERSION}`],
  ["GET", `/datasets/tiny/${VERSION}/entries`],
  ["GET", shardPath("tiny", "0".repeat(64))],
];
const writers = [
  ["POST", "/datasets/tiny"],
  ["PUT", shardPath("tiny", "0".repeat(64))],
  ["DELETE", `/datasets/tiny/${VERSION}`],
];

describe("the key", () => {
  const codeOf = async (scope: "publish" | "train" | "work", method: string, path: string) => {
    const API_KEYS = await keyEntry("one", scope, KEY);
    const response = await callWith({ API_KEYS }, path, { method, headers: bearer });
    return response.status === 403 ? "wrong_scope" : "admitted";
  };

  it.each(readers)("of %s %s has the scope train or work", async (...request) => {
    expect(await codeOf("train", ...(request as [string, string]))).toBe("admitted");
    expect(await codeOf("work", ...(request as [string, string]))).toBe("admitted");
    expect(await codeOf("publish", ...(request as [string, string]))).toBe("wrong_scope");
  });

  it.each(writers)("of %s %s has the scope train", async (...request) => {
    expect(await codeOf("train", ...(request as [string, string]))).toBe("admitted");
    expect(await codeOf("work", ...(request as [string, string]))).toBe("wrong_scope");
    expect(await codeOf("publish", ...(request as [string, string]))).toBe("wrong_scope");
  });
});
