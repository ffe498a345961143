import { BackendWasm } from "@tensorflow/tfjs-backend-wasm/dist/backend_wasm";
import * as tf from "@tensorflow/tfjs-core";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import * as z from "zod";
import { Model } from "../../../../shared/model.ts";
import { decodePackage, type PackageFiles } from "../../../../shared/package/codec.ts";
import { contentVersion, parseManifest } from "../../../../shared/package/manifest.ts";
import { inferShapes } from "../../../../shared/network/shapes.ts";
import { pddmWeights } from "../../../../shared/pddm/form.ts";
import { openEngine } from "../../../../workers/api/engine/backend.ts";
import { engineOf } from "../../../../workers/api/engine/engine.ts";
import { LoadedModels, type Loader } from "../../../../workers/api/models/loadedModels.ts";
import { modelStatistics } from "../../../../workers/api/request/select.ts";
import { channelKey, manifestKey, weightsKey } from "../../../../workers/storage/layout.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import {
  ask,
  embeddingsOf,
  errorOf,
  json,
  promote,
  publish,
  similarityOf,
  upload,
} from "../ask.ts";
import { fixtures } from "../fixtures.ts";

let log: MockInstance<typeof console.error>;
let count = 0;
let name: string;
/** Every request looks at the channel again, behind its answer. */
let eager: { DEFAULT_MODEL: string; REFRESH_SECONDS: number };

beforeEach(() => {
  log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  name = `model-${++count}`;
  eager = { DEFAULT_MODEL: name, REFRESH_SECONDS: 0 };
});
afterEach(() => {
  log.mockRestore();
});

/** The bucket, with something in place of `get`. */
const bucketWith = (get: (key: string) => Promise<unknown>): R2Bucket =>
  new Proxy(env.MODELS, {
    get: (bucket, property) =>
      property === "get" ? get : (Reflect.get(bucket, property, bucket) as unknown),
  });

function countingBucket(): { MODELS: R2Bucket; gets: string[] } {
  const gets: string[] = [];
  const MODELS = bucketWith((key) => {
    gets.push(key);
    return env.MODELS.get(key);
  });
  return { MODELS, gets };
}

const embedPath = async (path: string, overrides: object = eager) =>
  embeddingsOf(await ask(path, json({ inputs: fixtures.png }), { ...overrides }));
const embed = (overrides: object = eager) => embedPath("/embed", overrides);

const infoSchema = z.object({ version: z.string(), refresh_error: z.string().nullable() });
const info = async () => infoSchema.parse(await (await ask("/info", {}, eager)).json());

describe("the first request", () => {
  it("loads the model once, also for simultaneous requests", async () => {
    await publish(await tinyPackage({ name }));
    const { MODELS, gets } = countingBucket();
    const overrides = { DEFAULT_MODEL: name, MODELS };
    const answers = await Promise.all(Array.from({ length: 8 }, () => embed(overrides)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(gets).toHaveLength(3);
    await embed(overrides);
    expect(gets).toHaveLength(3);
  });

  it("gets 503 if nothing is published, as does /readyz", async () => {
    for (const [path, init] of [
      ["/embed", json({ inputs: fixtures.png })],
      ["/readyz", {}],
      ["/info", {}],
    ] as const) {
      const response = await ask(path, init, eager);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await errorOf(response)).toMatchObject({ status: 503, code: "model_unavailable" });
    }
    expect((await ask("/healthz", {}, eager)).status).toBe(200);
    const version = await publish(await tinyPackage({ name }));
    expect((await embed()).version).toBe(version);
    const ready = await ask("/readyz", {}, eager);
    expect(await ready.json()).toEqual({ status: "ready", model: name, version });
  });

  it("gets 503 from a broken package until it is replaced, and one line in the log", async () => {
    await publish(await damaged(await tinyPackage({ name })));
    for (let i = 0; i < 3; i++) {
      const error = await errorOf(await ask("/embed", json({ inputs: fixtures.png }), eager));
      expect(error).toMatchObject({ status: 503, code: "model_unavailable" });
      expect(error.message).toContain("SHA-256");
    }
    expect(log).toHaveBeenCalledOnce();
    const version = await publish(await tinyPackage({ name, seed: 2 }));
    expect((await embed()).version).toBe(version);
  });

  it("gets 503 if the files belong to another model", async () => {
    const { manifest, weights } = await tinyPackage({ name: "somebody-else" });
    const version = "0123456789abcdef";
    await env.MODELS.put(manifestKey(name, version), manifest);
    await env.MODELS.put(weightsKey(name, version), weights);
    await promote({ name, version });
    const error = await errorOf(await ask("/info", {}, eager));
    expect(error.status).toBe(503);
    expect(error.message).toContain("holds the package somebody-else@");
  });
});

describe("?model=", () => {
  it("selects a name, or a name and version, promoted or not", async () => {
    const first = await tinyPackage({ name, seed: 1 });
    const old = await upload(await tinyPackage({ name, seed: 2 }));
    const version = await publish(first);
    const other = { DEFAULT_MODEL: "nobody" };
    const current = await embedPath(`/embed?model=${name}`, other);
    expect(current.version).toBe(version);
    expect(await embedPath(`/embed?model=${name}@${version}`, other)).toEqual(current);
    const previous = await embedPath(`/embed?model=${name}@${old.version}`, other);
    expect(previous.version).toBe(old.version);
    expect(previous.embeddings).not.toEqual(current.embeddings);
    expect(await embedPath(`/embed?model=${name}`, other)).toEqual(current);
  });

  it("gives the same answers when models change places in memory", async () => {
    const names = Array.from({ length: 4 }, (_, i) => `${name}-${i}`);
    for (const [seed, name] of names.entries()) await publish(await tinyPackage({ name, seed }));
    const expected = [];
    for (const name of names) expected.push(await embedPath(`/embed?model=${name}`));
    const tensors = tf.memory().numTensors;
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(names.map((name) => embedPath(`/embed?model=${name}`)));
      expect(answers).toEqual(expected);
      expect(tf.memory().numTensors).toBe(tensors);
    }
  });
});

describe("MODEL_BYTES", () => {
  /** Of a tiny model in int8 arithmetic: its memory is whole pages. */
  const bytesOf = async (seed: number) => {
    const files = await tinyPackage({ name, scheme: "int8", seed });
    const model = await Model.open(await decodePackage(files), engineOf("int8"));
    const { bytes } = model;
    model.dispose();
    return bytes;
  };

  it("limits the memory of models: the least recently used are removed and loaded again", async () => {
    const names = ["a", "b", "c"].map((letter) => `${name}-${letter}`);
    for (const [seed, name] of names.entries()) {
      await publish(await tinyPackage({ name, seed, scheme: "int8" }));
    }
    const { MODELS, gets } = countingBucket();
    const overrides = { MODELS, MODEL_BYTES: 2 * (await bytesOf(0)) + 1 };
    const loads = async (...letters: string[]) => {
      gets.length = 0;
      for (const letter of letters) await embedPath(`/embed?model=${name}-${letter}`, overrides);
      return gets.filter((key) => key.endsWith("weights.safetensors")).length;
    };
    expect(await loads("a", "b")).toBe(2);
    expect(await loads("a", "b", "a")).toBe(0);
    // Of a and b, b was used longer ago.
    expect(await loads("c")).toBe(1);
    expect(await loads("a", "c")).toBe(0);
    expect(await loads("b")).toBe(1);
    expect(modelStatistics().residentBytes).toBeLessThanOrEqual(overrides.MODEL_BYTES);
    // One that is larger than all of it works nevertheless.
    expect(await loads("c", "a")).toBe(1);
    overrides.MODEL_BYTES = 1;
    expect(await loads("b", "a", "b")).toBe(3);
  });
});

/** The package with one bit of its weights turned. */
async function damaged({ manifest, weights }: PackageFiles): Promise<PackageFiles> {
  const copy = weights.slice();
  copy[copy.length - 1] ^= 1;
  return Promise.resolve({ manifest, weights: copy });
}

describe("a promotion", () => {
  it("is followed in the background, and only after REFRESH_SECONDS", async () => {
    const first = await publish(await tinyPackage({ name, seed: 1 }));
    expect((await embed()).version).toBe(first);
    const second = await publish(await tinyPackage({ name, seed: 2 }));
    const { MODELS, gets } = countingBucket();
    const patient = { DEFAULT_MODEL: name, REFRESH_SECONDS: 60, MODELS };
    expect((await embed(patient)).version).toBe(first);
    expect(gets).toEqual([]);
    expect((await embed()).version).toBe(first);
    expect((await embed()).version).toBe(second);
  });

  it("never mixes a version with another's embedding", async () => {
    const versions = [
      await upload(await tinyPackage({ name, seed: 1 })),
      await upload(await tinyPackage({ name, seed: 2 })),
    ];
    const expected = new Map<string, number[][]>();
    for (const { version } of versions) {
      const { embeddings } = await embedPath(`/embed?model=${name}@${version}`);
      expected.set(version, embeddings);
    }
    const seen = new Set<string>();
    await promote(versions[0]);
    for (let round = 0; round < 6; round++) {
      await promote(versions[round % 2]);
      const answers = await Promise.all(Array.from({ length: 6 }, () => embed()));
      for (const { version, embeddings } of answers) {
        expect(embeddings).toEqual(expected.get(version));
        seen.add(version);
      }
    }
    expect(seen.size).toBe(2);
  });

  it("leaves no tensors of the old version", async () => {
    const seen: number[] = [];
    for (let seed = 1; seed < 6; seed++) {
      const version = await publish(await tinyPackage({ name, seed }));
      await embed();
      expect((await embed()).version).toBe(version);
      seen.push(tf.memory().numTensors);
    }
    // The first promotion also removes what an earlier test left.
    expect(new Set(seen.slice(1)).size).toBe(1);
  });

  const faults: [string, (next: PackageFiles) => Promise<void>, RegExp][] = [
    ["damaged weights", async (next) => void (await publish(await damaged(next))), /SHA-256/],
    [
      "cut weights",
      async (next) => void (await publish({ ...next, weights: next.weights.slice(0, 100) })),
      /has 100 bytes/,
    ],
    [
      "a manifest that was changed",
      async (next) =>
        void (await publish({ ...next, manifest: next.manifest.replace("random", "chosen") })),
      /its content is version/,
    ],
    [
      "missing weights",
      async (next) => {
        const id = await upload(next);
        await env.MODELS.delete(weightsKey(id.name, id.version));
        await promote(id);
      },
      /the bucket has no models\/.*weights/,
    ],
    [
      "a broken pointer",
      async () => void (await env.MODELS.put(channelKey(name, "stable"), '{"version": "next"}')),
      /16 hex digits/,
    ],
    ["a lost pointer", () => env.MODELS.delete(channelKey(name, "stable")), /the bucket has no/],
  ];

  it.each(faults)("to %s keeps the old version, and logs one line", async (_, spoil, problem) => {
    const first = await publish(await tinyPackage({ name, seed: 1 }));
    const good = await embed();
    await spoil(await tinyPackage({ name, seed: 2 }));
    for (let i = 0; i < 3; i++) expect(await embed()).toEqual(good);
    const { version, refresh_error } = await info();
    expect(version).toBe(first);
    expect(refresh_error).toMatch(problem);
    expect(log).toHaveBeenCalledOnce();

    const third = await publish(await tinyPackage({ name, seed: 3 }));
    await embed();
    expect(await info()).toEqual({ version: third, refresh_error: null });
  });

  it("to a broken package reads it once", async () => {
    await publish(await tinyPackage({ name, seed: 1 }));
    await embed();
    await publish(await damaged(await tinyPackage({ name, seed: 2 })));
    const { MODELS, gets } = countingBucket();
    for (let i = 0; i < 4; i++) await embed({ ...eager, MODELS });
    expect(gets.filter((key) => key.endsWith("weights.safetensors"))).toHaveLength(1);
  });

  it("to a package whose last byte is wrong leaves nothing in memory", async () => {
    await publish(await tinyPackage({ name, seed: 1 }));
    await embed();
    const { numTensors } = tf.memory();
    await publish(await damaged(await tinyPackage({ name, seed: 2 })));
    await embed();
    expect((await info()).refresh_error).toContain("has SHA-256");
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("to a version that does not run keeps the old one, and does not load it again", async () => {
    const first = await publish(await tinyPackage({ name, seed: 1, scheme: "int8" }));
    const good = await embed();
    expect(good.version).toBe(first);
    // The next version computes in float32, by a kernel that is missing.
    const { kernelName, backendName } = { kernelName: "FusedConv2D", backendName: "wasm" };
    await openEngine();
    const kernel = tf.getKernel(kernelName, backendName);
    tf.unregisterKernel(kernelName, backendName);
    try {
      const next = await upload(await tinyPackage({ name, seed: 2 }));
      const asked = `/embed?model=${name}@${next.version}`;
      expect((await ask(asked, json({ inputs: fixtures.png }), eager)).status).toBe(503);
      await promote(next);
      log.mockClear();
      const { MODELS, gets } = countingBucket();
      for (let i = 0; i < 3; i++) expect(await embed({ ...eager, MODELS })).toEqual(good);
      // The request above has loaded it, so the first check needs no load either.
      expect(gets).toEqual(Array(3).fill(channelKey(name, "stable")));
      expect(log).toHaveBeenCalledOnce();
      expect(await info()).toMatchObject({
        version: first,
        refresh_error: expect.stringContaining(next.version) as string,
      });
      tf.registerKernel(kernel);
      for (let i = 0; i < 2; i++) expect(await embed()).toEqual(good);
      await promote(next, "2026-01-02T03:04:06Z");
      await embed();
      expect((await embed()).version).toBe(next.version);
    } finally {
      if (!tf.getKernel(kernelName, backendName)) tf.registerKernel(kernel);
    }
  });

  it("waits while R2 fails", async () => {
    await publish(await tinyPackage({ name, seed: 1 }));
    const good = await embed();
    const second = await publish(await tinyPackage({ name, seed: 2 }));
    const MODELS = bucketWith(() => Promise.reject(new Error("R2 is away")));
    for (let i = 0; i < 3; i++) expect(await embed({ ...eager, MODELS })).toEqual(good);
    expect(log).toHaveBeenCalledOnce();
    await embed();
    expect((await embed()).version).toBe(second);
  });
});

describe("a model's bytes", () => {
  it("are its tensors in float32, its pages in int8, and twice the weights of S", async () => {
    const files = await tinyPackage({ name, scheme: "int8" });
    const content = await decodePackage(files);
    const { manifest, tensors } = content;
    const sizeOf = (names: string[]) =>
      names.reduce((sum, weight) => sum + (tensors.get(weight)?.values.byteLength ?? NaN), 0);
    const network = sizeOf(
      inferShapes(manifest.network, manifest.input).weights.map((w) => w.name),
    );
    const pddm = sizeOf(
      pddmWeights(manifest.pddm, manifest.embedding.dimensions).map((w) => w.name),
    );
    await openEngine();
    const float32 = await Model.open(content, engineOf("float32"));
    expect(float32.bytes).toBe(network + 2 * pddm);
    float32.dispose();
    const int8 = await Model.open(content, engineOf("int8"));
    expect(int8.bytes).toBe(int8.ownBytes + 2 * pddm);
    expect(int8.ownBytes % 65_536).toBe(0);
    int8.dispose();
  });
});

const SECOND = 1_000;

describe("a model in use", () => {
  const open = async () => {
    await openEngine();
    return Model.open(await decodePackage(await tinyPackage({ name, seed: 1 })));
  };
  const loader: Loader = { load: open, ms: SECOND };

  it("is disposed of only when its last user is done", async () => {
    const loaded = new LoadedModels();
    const before = tf.memory().numTensors;
    let finished = false;
    const started: Model[] = [];
    const uses = [1, 2].map(() =>
      loaded.use("a", loader, async (model) => {
        started.push(model);
        await vi.waitUntil(() => finished);
        return model.embed(new Uint8Array(8 * 8 * 3)).length;
      }),
    );
    await vi.waitUntil(() => started.length === 2);
    expect(started[0]).toBe(started[1]);
    const { numTensors } = tf.memory();
    loaded.retire("a");
    expect(tf.memory().numTensors).toBe(numTensors);
    finished = true;
    expect(await Promise.all(uses)).toEqual([6, 6]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is released if its user fails, and loaded again after a failed load", async () => {
    const loaded = new LoadedModels();
    const before = tf.memory().numTensors;
    const fail = () => Promise.reject(new Error("no"));
    const failing = { load: fail, ms: SECOND };
    await expect(loaded.use("a", failing, () => Promise.resolve(1))).rejects.toThrow("no");
    await expect(loaded.use("a", loader, fail)).rejects.toThrow("no");
    loaded.retire("a");
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("loads of one model at the same time", () => {
  /** Loads that end when they are told to, on a clock that is set by hand. */
  function loadsByHand(ms: number) {
    const ends: (() => void)[] = [];
    const load = async () => {
      await new Promise<void>((resolve) => ends.push(resolve));
      return Model.open(await decodePackage(await tinyPackage({ name, seed: 1 })));
    };
    const clock = vi.spyOn(Date, "now");
    const start = Date.now();
    return { loader: { load, ms }, ends, pass: (ms: number) => clock.mockReturnValue(start + ms) };
  }
  afterEach(() => vi.restoreAllMocks());

  const embedsIn = (loaded: LoadedModels, loader: Loader) =>
    loaded.use("a", loader, (model) => Promise.resolve(model.embed(new Uint8Array(8 * 8 * 3))));

  it("are one load within the time limit", async () => {
    await openEngine();
    const { loader, ends, pass } = loadsByHand(100 * SECOND);
    const loaded = new LoadedModels();
    const uses = [embedsIn(loaded, loader)];
    pass(100 * SECOND);
    uses.push(embedsIn(loaded, loader));
    expect(ends).toHaveLength(1);
    for (const end of ends) end();
    const [one, two] = await Promise.all(uses);
    expect(one).toEqual(two);
    loaded.retire("a");
  });

  it("leave one model if the first load was presumed dead but ends", async () => {
    await openEngine();
    const before = tf.memory().numTensors;
    const { loader, ends, pass } = loadsByHand(10 * SECOND);
    const loaded = new LoadedModels();
    const first = embedsIn(loaded, loader);
    pass(60 * SECOND);
    const second = embedsIn(loaded, loader);
    expect(ends).toHaveLength(2);
    for (const end of ends.toReversed()) end();
    expect(await first).toEqual(await second);
    loaded.retire("a");
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("GET /info", () => {
  it("describes the model, the limits and the engine", async () => {
    const files = await tinyPackage({ name });
    const version = await publish(files);
    const response = await ask("/info", {}, eager);
    const { weights } = z
      .object({ weights: z.object({ sha256: z.string(), bytes: z.int() }) })
      .parse(JSON.parse(files.manifest));
    expect(await response.json()).toEqual({
      model: name,
      version,
      sha256: weights.sha256,
      created: "2026-01-02T03:04:05Z",
      dimensions: 6,
      input: { width: 8, height: 8 },
      quantization: "int8-per-output-channel",
      weights: { bytes: weights.bytes },
      ranking: { by: "d", recall_at_1: { d: 0.75, s: 0.5 }, classes: "held-out" },
      training: {
        dataset: "random",
        images: 16,
        classes: { train: 4, test: 4 },
        method: "none",
        metrics: { float32: { "1": 0.5 }, exported: { "1": 0.25 } },
      },
      limits: {
        body_bytes: 10_000_000,
        image_bytes: 32_000_000,
        images: 32,
        items: 1000,
        pixels: 12_800_000,
        decode_bytes: 64_000_000,
      },
      engine: { backend: "wasm", arithmetic: "float32", simd: true, relaxed_simd: true },
      refresh_error: null,
    });
  });
});

describe("the arithmetic", () => {
  const arithmeticOf = async (overrides: object) => {
    const schema = z.object({ engine: z.object({ arithmetic: z.string() }) });
    const response = await ask("/info", {}, { ...eager, ...overrides });
    return schema.parse(await response.json()).engine.arithmetic;
  };

  it("is int8 if the package supports it", async () => {
    await publish(await tinyPackage({ name, scheme: "int8" }));
    expect(await arithmeticOf({})).toBe("int8");
    const { embeddings } = await embed();
    expect(Math.hypot(...embeddings[0])).toBeCloseTo(1, 5);
  });

  it("is float32 for other packages, or if a variable requires it", async () => {
    await publish(await tinyPackage({ name, scheme: "int8-per-output-channel" }));
    expect(await arithmeticOf({})).toBe("float32");
    const other = { DEFAULT_MODEL: `model-${++count}`, ARITHMETIC: "float32" };
    await publish(await tinyPackage({ name: other.DEFAULT_MODEL, scheme: "int8" }));
    expect(await arithmeticOf(other)).toBe("float32");
  });

  it("causes 503 if it is float32 and the network does not fit into an isolate", async () => {
    const { manifest, weights } = await tinyPackage({ name });
    const former = await parseManifest(manifest);
    const network = former.network.map((layer) =>
      layer.op === "conv2d"
        ? { ...layer, kernelSize: [64, 64] as [number, number], filters: 512 }
        : layer,
    );
    const version = await contentVersion({ ...former, network });
    await publish({ manifest: JSON.stringify({ ...former, network, version }), weights });
    const { status, message } = await errorOf(await ask("/info", {}, { ...eager }));
    expect(status).toBe(503);
    expect(message).toMatch(
      /: its weights take 25\.2 MB in float32 arithmetic, and an isolate has room for 25\.0 MB; a package of the scheme int8/,
    );
  });

  it("causes 503 if a variable requires int8 but the package does not support it", async () => {
    await publish(await tinyPackage({ name, scheme: "none" }));
    const response = await ask("/info", {}, { ...eager, ARITHMETIC: "int8" });
    const { status, message } = await errorOf(response);
    expect(status).toBe(503);
    expect(message).toContain("needs a package of the scheme int8");
  });
});

function heapBytes(): number {
  const backend = tf.backend();
  if (!(backend instanceof BackendWasm)) throw new Error("the backend is not wasm");
  return backend.wasm.HEAPU8.length;
}

describe("memory", () => {
  it("is the same after 50 requests", async () => {
    const { jpeg, png, webp } = fixtures;
    await publish(await tinyPackage({ name }));
    const round = async () => {
      await ask("/embed", json({ inputs: [jpeg, png, webp] }), eager);
      await similarityOf(
        await ask("/similarity", json({ source: jpeg, candidates: [png, webp] }), eager),
      );
      await ask("/embed", json({ inputs: [png, "broken"] }), eager);
    };
    await round();
    const [tensors, heap] = [tf.memory().numTensors, heapBytes()];
    for (let i = 0; i < 17; i++) await round();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(heapBytes()).toBe(heap);
  });
});
