import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Model } from "../../../../shared/model.ts";
import { EmbeddingCache } from "../../../../workers/api/inference/embeddingCache.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, embeddingsOf, errorOf, json, type Overrides, publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";
import { bytesOf, joinBytes } from "../decode/images.ts";

const { jpeg, png, webp, jpegGrey } = fixtures;
const CACHE_BYTES = 1_000_000;
const IMAGE_BYTES = 8 * 8 * 3;
let count = 0;
let tiny: Overrides;

// Another model each time: nothing of it is kept.
beforeEach(async () => {
  const DEFAULT_MODEL = `cached-${++count}`;
  await publish(await tinyPackage({ name: DEFAULT_MODEL, scheme: "int8" }));
  tiny = { DEFAULT_MODEL, CACHE_BYTES };
});

const embed = (inputs: unknown, overrides: Overrides = {}) =>
  ask("/embed", json({ inputs }), { ...tiny, ...overrides });

/** The embeddings, and of how many images they were there. */
async function embedded(inputs: unknown, overrides: Overrides = {}) {
  const response = await embed(inputs, overrides);
  const { embeddings } = await embeddingsOf(response);
  const [, cached] = /, cache;desc="(\d+ of \d+)"$/.exec(
    response.headers.get("server-timing") ?? "",
  ) ?? ["", "none"];
  return { embeddings, cached };
}

/** How many images each run of a network was given, while something is done. */
async function runsOf(action: () => Promise<unknown>): Promise<number[]> {
  const run = vi.spyOn(Model.prototype, "embed");
  await action();
  const runs = run.mock.calls.map(([pixels]) => pixels.length / IMAGE_BYTES);
  run.mockRestore();
  return runs;
}

describe("an image that was embedded before", () => {
  it.each(["int8", "float32"])("is not computed again, in %s", async (ARITHMETIC) => {
    const overrides = { ARITHMETIC };
    const first = await embedded([jpeg, png], overrides);
    expect(first.cached).toBe("0 of 2");
    const runs = await runsOf(async () => {
      expect(await embedded([png, jpeg], overrides)).toEqual({
        embeddings: first.embeddings.toReversed(),
        cached: "2 of 2",
      });
    });
    expect(runs).toEqual([]);
  });

  it("is recognized by its bytes, in any form of request", async () => {
    const { embeddings } = await embedded(png);
    for (const inputs of [`data:image/png;base64,${png}`, { image: png }]) {
      expect(await embedded(inputs)).toEqual({ embeddings, cached: "1 of 1" });
    }
    const headers = { "content-type": "image/webp" };
    const raw = await ask("/embed", { method: "POST", headers, body: bytesOf(png) }, tiny);
    expect(raw.headers.get("server-timing")).toContain('"1 of 1"');
    expect((await embeddingsOf(raw)).embeddings).toEqual(embeddings);
    const form = new FormData();
    form.append("a", new Blob([bytesOf(png)]));
    const sent = await ask("/embed", { method: "POST", body: form }, tiny);
    expect((await embeddingsOf(sent)).embeddings).toEqual(embeddings);
    expect(sent.headers.get("server-timing")).toContain('"1 of 1"');
  });

  it("is computed again by another version", async () => {
    const first = await embedded(png);
    const name = tiny.DEFAULT_MODEL as string;
    const version = await publish(await tinyPackage({ name, scheme: "int8", seed: 2 }));
    const second = await ask(`/embed?model=${name}@${version}`, json({ inputs: png }), tiny);
    expect(second.headers.get("server-timing")).toContain('"0 of 1"');
    expect((await embeddingsOf(second)).embeddings).not.toEqual(first.embeddings);
  });

  it("is computed again in the other arithmetic", async () => {
    const first = await embedded(webp, { ARITHMETIC: "int8" });
    // The model leaves for another one.
    const DEFAULT_MODEL = `other-than-${count}`;
    await publish(await tinyPackage({ name: DEFAULT_MODEL, scheme: "int8" }));
    await embedded(webp, { DEFAULT_MODEL, MODEL_BYTES: 1 });
    const second = await embedded(webp, { ARITHMETIC: "float32" });
    expect(second.cached).toBe("0 of 1");
    expect(second.embeddings).not.toEqual(first.embeddings);
  });

  it("is not confused with another of the same length", async () => {
    /** The same picture with a comment of one letter. */
    const commented = (letter: number) => {
      const [start, rest] = [bytesOf(jpeg).subarray(0, 2), bytesOf(jpeg).subarray(2)];
      const bytes = joinBytes(start, Uint8Array.of(0xff, 0xfe, 0, 3, letter), rest);
      return btoa(String.fromCharCode(...bytes));
    };
    expect((await embedded([commented(1), commented(2)])).cached).toBe("0 of 2");
  });

  it("serves the other routes", async () => {
    await embedded([jpeg, png]);
    const runs = await runsOf(async () => {
      const body = json({ source: png, candidates: [jpeg, webp] });
      const similarity = await ask("/similarity", body, tiny);
      expect(similarity.headers.get("server-timing")).toContain('"2 of 3"');
      const ranked = await ask("/rerank", json({ query: webp, candidates: [png] }), tiny);
      expect(ranked.headers.get("server-timing")).toContain('"2 of 2"');
      const openai = await ask("/v1/embeddings", json({ model: "default", input: jpeg }), tiny);
      expect(openai.headers.get("server-timing")).toContain('"1 of 1"');
    });
    expect(runs).toEqual([1]);
  });

  it("gives bit for bit the computed embedding, alone or among others", async () => {
    const images = [jpeg, png, webp, jpegGrey];
    for (const ARITHMETIC of ["int8", "float32"]) {
      const DEFAULT_MODEL = `bits-${ARITHMETIC}`;
      await publish(await tinyPackage({ name: DEFAULT_MODEL, scheme: "int8" }));
      const overrides = { DEFAULT_MODEL, ARITHMETIC };
      const off = { ...overrides, CACHE_BYTES: 0 };
      const together = await embedded(images, off);
      const alone: number[][] = [];
      for (const image of images) alone.push(...(await embedded(image, off)).embeddings);
      expect(alone).toEqual(together.embeddings);
      await embedded([webp, jpeg], overrides);
      const mixed = await embedded(images, overrides);
      expect(mixed).toEqual({ embeddings: together.embeddings, cached: "2 of 4" });
      expect(await embedded(images, overrides)).toEqual({
        embeddings: together.embeddings,
        cached: "4 of 4",
      });
    }
  });

  it("is computed again if CACHE_BYTES is 0", async () => {
    const off = { CACHE_BYTES: 0 };
    const runs = await runsOf(async () => {
      for (let i = 0; i < 2; i++) expect((await embedded(png, off)).cached).toBe("0 of 1");
    });
    expect(runs).toEqual([1, 1]);
  });
});

describe("equal images in one request", () => {
  it.each([undefined, 0])("are computed once, CACHE_BYTES being %s", async (limit) => {
    const overrides = limit === undefined ? {} : { CACHE_BYTES: limit };
    const [a] = (await embedded(jpeg, { CACHE_BYTES: 0 })).embeddings;
    const [b] = (await embedded(png, { CACHE_BYTES: 0 })).embeddings;
    const given = { embedding: [1, 0, 0, 0, 0, 0] };
    const inputs = [jpeg, png, given, ...Array.from({ length: 30 }, () => jpeg)];
    // The codec's memory gets the start of each JPEG that is decoded.
    const copies = vi.spyOn(Uint8Array.prototype, "set");
    const runs = await runsOf(async () => {
      const { embeddings, cached } = await embedded(inputs, overrides);
      expect(embeddings).toEqual([a, b, given.embedding, ...Array.from({ length: 30 }, () => a)]);
      expect(cached).toBe("30 of 32");
    });
    expect(runs).toEqual([2]);
    const images = copies.mock.calls.filter(([bytes]) => bytes[0] === 0xff && bytes[1] === 0xd8);
    copies.mockRestore();
    expect(images).toHaveLength(1);
  });

  it("count against the limit of images", async () => {
    const inputs = Array.from({ length: 33 }, () => png);
    expect(await errorOf(await embed(inputs))).toMatchObject({ status: 413, param: "inputs[32]" });
  });
});

describe("an image that is refused", () => {
  const broken = btoa("no image at all");

  it("is refused each time, with its place in the request", async () => {
    await embedded(png);
    for (let i = 0; i < 2; i++) {
      const refused = { status: 422, code: "not_an_image" };
      expect(await errorOf(await embed([png, broken, broken]))).toMatchObject({
        ...refused,
        param: "inputs[1]",
      });
      expect(await errorOf(await embed([png, png, jpeg, broken]))).toMatchObject({
        ...refused,
        param: "inputs[3]",
      });
    }
  });

  it("leaves nothing in the cache if the network fails", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const run = vi.spyOn(Model.prototype, "embed").mockImplementationOnce(() => {
      throw new Error("out of memory");
    });
    expect((await embed(png)).status).toBe(500);
    run.mockRestore();
    error.mockRestore();
    expect((await embedded(png)).cached).toBe("0 of 1");
  });
});

describe("a cache of embeddings", () => {
  const row = (value: number) => new Float32Array(100).fill(value);
  /** Each takes 400 bytes of values, 1 of key and what is around them. */
  const filled = new EmbeddingCache();
  let entryBytes: number;
  beforeAll(() => {
    filled.set("a", row(0), 1e6);
    entryBytes = filled.bytes;
  });

  it("counts the overhead of an entry", () => {
    expect(entryBytes).toBeGreaterThan(401);
  });

  it("removes the least recently used entries when it is full", () => {
    const cache = new EmbeddingCache();
    const limit = 3 * entryBytes;
    for (const [i, key] of ["a", "b", "c"].entries()) cache.set(key, row(i), limit);
    expect(cache.get("a")).toEqual(row(0));
    cache.set("d", row(3), limit);
    expect(cache.get("b")).toBeUndefined();
    for (const [key, value] of [["a", 0] as const, ["c", 2] as const, ["d", 3] as const]) {
      expect(cache.get(key)).toEqual(row(value));
    }
    expect(cache.bytes).toBe(limit);
  });

  it("stores a key once, and no entry larger than the limit", () => {
    const cache = new EmbeddingCache();
    for (let i = 0; i < 5; i++) cache.set("a", row(i), 2 * entryBytes);
    expect(cache.bytes).toBe(entryBytes);
    expect(cache.get("a")).toEqual(row(4));
    cache.set("b", row(1), entryBytes - 1);
    expect(cache.bytes).toBe(0);
    expect(cache.get("b")).toBeUndefined();
  });
});
