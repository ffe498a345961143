import * as tf from "@tensorflow/tfjs-core";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { channelKey, manifestKey, weightsKey } from "../../../../workers/storage/layout.ts";
import { withinTime } from "../../../../workers/api/models/timeLimit.ts";
import { makeSigner, type TestSigner } from "../../signer.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, embeddingsOf, errorOf, json, type Overrides, promote, upload } from "../ask.ts";
import { fixtures } from "../fixtures.ts";

let signer: TestSigner;
let count = 0;
let name: string;
let healthy: Overrides;
const log = vi.spyOn(console, "error").mockImplementation(() => undefined);

beforeAll(async () => {
  signer = await makeSigner("alice");
});
afterAll(() => log.mockRestore());
beforeEach(() => {
  name = `faulty-${++count}`;
  const variables = { DEFAULT_MODEL: name, REFRESH_SECONDS: 0, LOAD_SECONDS: 0.03 };
  healthy = { ...variables, SIGNERS: signer.entry };
});

const question = json({ inputs: fixtures.png });
const embed = async (overrides: Overrides) =>
  embeddingsOf(await ask("/embed", question, overrides));

async function publish(seed: number): Promise<string> {
  const id = await upload(await signer.sign(await tinyPackage({ name, seed })));
  await promote(id);
  return id.version;
}

const never = <T>() => new Promise<T>(() => undefined);

/** What R2 may do instead of giving an object. */
const FAULTS: Record<string, (key: string) => Promise<unknown>> = {
  throws: () => Promise.reject(new Error("R2 is away")),
  hangs: never,
  "hangs in the middle": async (key) => {
    const { size, half } = await halve(key);
    const { readable, writable } = new IdentityTransformStream();
    // Never closed, and read by nobody where all of it is asked for at once.
    writable
      .getWriter()
      .write(half)
      .catch(() => undefined);
    return { key, size, body: readable, arrayBuffer: never };
  },
  "gives half": async (key) => {
    const { size, half } = await halve(key);
    return { key, size, body: new Response(half).body, arrayBuffer: () => Promise.resolve(half) };
  },
};

async function halve(key: string): Promise<{ size: number; half: ArrayBuffer }> {
  const object = await env.MODELS.get(key);
  const bytes = (await object?.arrayBuffer()) ?? new ArrayBuffer();
  return { size: bytes.byteLength, half: bytes.slice(0, bytes.byteLength / 2) };
}

/** The bucket, with a fault where a file of this name is read. */
const faulty = (file: string, fault: string): R2Bucket =>
  new Proxy(env.MODELS, {
    get: (bucket, property) =>
      property === "get"
        ? (key: string) => (key.endsWith(file) ? FAULTS[fault](key) : bucket.get(key))
        : (Reflect.get(bucket, property, bucket) as unknown),
  });

const FILES = ["stable.json", "manifest.json", "manifest.sig", "weights.safetensors"];
const cases = FILES.flatMap((file) => Object.keys(FAULTS).map((fault) => [file, fault]));

describe("R2 fails", () => {
  it.each(cases)("for the first %s: it %s: 503 until it recovers", async (file, fault) => {
    const version = await publish(1);
    const broken = { ...healthy, MODELS: faulty(file, fault) };
    for (const path of ["/embed", "/readyz"]) {
      const response = await ask(path, path === "/embed" ? question : {}, broken);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await errorOf(response)).toMatchObject({ status: 503, code: "model_unavailable" });
    }
    expect((await embed(healthy)).version).toBe(version);
  });

  it.each(cases)(
    "for a new %s: it %s: the old model serves until it recovers",
    async (file, fault) => {
      await publish(1);
      const good = await embed(healthy);
      const second = await publish(2);
      const broken = { ...healthy, MODELS: faulty(file, fault) };
      for (let i = 0; i < 2; i++) expect(await embed(broken)).toEqual(good);
      await embed(healthy);
      expect((await embed(healthy)).version).toBe(second);
    },
  );
});

describe("a load that takes too long", () => {
  /** A file of the bucket, that nobody has read yet: its bytes come one by one and stop in the middle. */
  async function stuck(key: string) {
    const { size, half } = await halve(key);
    const bytes = new Uint8Array(half);
    const cancel = vi.fn();
    let sent = 0;
    const body = new ReadableStream({
      type: "bytes",
      pull: (controller) => {
        if (sent === bytes.length) return never();
        controller.enqueue(bytes.slice(sent, ++sent));
      },
      cancel,
    });
    return { object: { key, size, body }, cancel, sent: () => sent };
  }

  /** The bucket, with others of its files in place, and what is asked of it. */
  function bucketWith(files: Record<string, () => Promise<unknown>>) {
    const gets: string[] = [];
    const get = (key: string) => {
      gets.push(key);
      const [file = ""] = key.split("/").slice(-1);
      return files[file]?.() ?? env.MODELS.get(key);
    };
    const MODELS = new Proxy(env.MODELS, {
      get: (bucket, property) =>
        property === "get" ? get : (Reflect.get(bucket, property, bucket) as unknown),
    });
    return { gets, overrides: { ...healthy, MODELS } };
  }

  const unsent = async () => {
    const id = await upload(await signer.sign(await tinyPackage({ name })));
    return { ...id, path: `/info?model=${name}@${id.version}` };
  };

  it("discards a result that comes too late", async () => {
    let end: (model: string) => void = () => undefined;
    const task = new Promise<string>((resolve) => (end = resolve));
    const discard = vi.fn();
    await expect(withinTime(1, () => task, discard)).rejects.toThrow("within 0.001 s");
    expect(discard).not.toHaveBeenCalled();
    end("late");
    await vi.waitUntil(() => discard.mock.calls.length > 0);
    expect(discard).toHaveBeenCalledWith("late");
  });

  it("ends the transfer of the weights", async () => {
    const { version, path } = await unsent();
    const weights = await stuck(weightsKey(name, version));
    const { overrides } = bucketWith({
      "weights.safetensors": () => Promise.resolve(weights.object),
    });
    expect((await ask(path, {}, overrides)).status).toBe(503);
    expect(weights.cancel).toHaveBeenCalledOnce();
  });

  it("ends the transfer of a pointer", async () => {
    await publish(1);
    const pointer = await stuck(channelKey(name, "stable"));
    const { overrides } = bucketWith({ "stable.json": () => Promise.resolve(pointer.object) });
    expect((await ask("/info", {}, overrides)).status).toBe(503);
    expect(pointer.cancel).toHaveBeenCalledOnce();
  });

  it("does not read objects that R2 returns later", async () => {
    const { version, path } = await unsent();
    const [weights, manifest] = [
      await stuck(weightsKey(name, version)),
      await stuck(manifestKey(name, version)),
    ];
    let give: (object: unknown) => void = () => undefined;
    const late = new Promise((resolve) => (give = resolve));
    const { gets, overrides } = bucketWith({
      "weights.safetensors": () => Promise.resolve(weights.object),
      "manifest.json": () => late,
    });
    expect((await ask(path, {}, overrides)).status).toBe(503);
    expect(weights.cancel).toHaveBeenCalledOnce();
    const asked = gets.length;
    give(manifest.object);
    await vi.waitUntil(() => manifest.cancel.mock.calls.length > 0);
    expect([weights.sent(), manifest.sent()]).toEqual([0, 0]);
    expect(gets).toHaveLength(asked);
  });
});

describe("the rest of weights that are refused", () => {
  /** How much of a file of weights is read, and whether the rest is given up; its bytes come one by one. */
  async function readOf(id: { name: string; version: string }, change: (byte: number) => number) {
    const object = await env.MODELS.get(weightsKey(id.name, id.version));
    const bytes = new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer());
    const cancelled = vi.fn();
    let sent = 0;
    const body = new ReadableStream({
      type: "bytes",
      pull(controller) {
        controller.enqueue(Uint8Array.of(change(bytes[sent++])));
      },
      cancel: cancelled,
    });
    const { key, size } = object ?? {};
    const weights = { key, size, body };
    const MODELS = new Proxy(env.MODELS, {
      get: (bucket, property) =>
        property === "get"
          ? (key: string) =>
              key.endsWith(".safetensors") ? Promise.resolve(weights) : bucket.get(key)
          : (Reflect.get(bucket, property, bucket) as unknown),
    });
    const path = `/info?model=${id.name}@${id.version}`;
    const { status } = await ask(path, {}, { ...healthy, LOAD_SECONDS: 5, MODELS });
    return { status, cancelled, sent, size };
  }

  it("is not transferred if their header is wrong", async () => {
    const id = await upload(await signer.sign(await tinyPackage({ name })));
    const { status, cancelled, sent, size = 0 } = await readOf(id, (byte) => byte ^ 1);
    expect(status).toBe(503);
    expect(cancelled).toHaveBeenCalledOnce();
    expect(sent).toBeLessThan(size / 2);
  });

  it("is not transferred if the manifest is not signed", async () => {
    const id = await upload(await tinyPackage({ name }));
    const { status, cancelled } = await readOf(id, (byte) => byte);
    expect(status).toBe(503);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  it("does not exist if the weights are good", async () => {
    const id = await upload(await signer.sign(await tinyPackage({ name })));
    const { status, cancelled, sent, size } = await readOf(id, (byte) => byte);
    expect({ status, sent }).toEqual({ status: 200, sent: size });
    expect(cancelled).not.toHaveBeenCalled();
  });
});

describe("a first model whose network does not run", () => {
  const KERNEL = { kernelName: "FusedConv2D", backendName: "wasm" };

  it("causes 503 and one line in the log until it runs", async () => {
    const version = await publish(1);
    await ask("/info", {}, healthy);
    const kernel = tf.getKernel(KERNEL.kernelName, KERNEL.backendName);
    tf.unregisterKernel(KERNEL.kernelName, KERNEL.backendName);
    log.mockClear();
    for (let i = 0; i < 3; i++) {
      const response = await ask("/embed", question, healthy);
      expect(response.headers.get("retry-after")).not.toBeNull();
      const error = await errorOf(response);
      expect(error).toMatchObject({ status: 503, code: "model_unavailable" });
      expect(error.message).toContain(`${name}@${version}`);
    }
    expect(log).toHaveBeenCalledOnce();
    tf.registerKernel(kernel);
    expect((await embed(healthy)).version).toBe(version);
  });
});
