import { env } from "cloudflare:workers";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { PackageFiles } from "../../../../shared/package/codec.ts";
import {
  channelKey,
  manifestKey,
  signatureKey,
  weightsKey,
} from "../../../../workers/storage/layout.ts";
import registry from "../../../../workers/registry/index.ts";
import { makeSigner, type TestSigner } from "../../signer.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, embeddingsOf, errorOf, json, type Overrides, promote, upload } from "../ask.ts";
import { fixtures } from "../fixtures.ts";

let alice: TestSigner;
let bob: TestSigner;
let mallory: TestSigner;
let count = 0;
let name: string;
/** Alice's signature counts, and Bob's; every request looks at the channel again. */
let trusting: Overrides;
const log = vi.spyOn(console, "error").mockImplementation(() => undefined);

beforeAll(async () => {
  alice = await makeSigner("alice");
  bob = await makeSigner("bob");
  mallory = await makeSigner("mallory");
});
afterAll(() => log.mockRestore());
beforeEach(() => {
  name = `signed-${++count}`;
  const SIGNERS = `${alice.entry},${bob.entry}`;
  trusting = { DEFAULT_MODEL: name, REFRESH_SECONDS: 0, SIGNERS };
});

/** What the registry answers to a package. */
async function register({ manifest, weights, signature = "" }: PackageFiles): Promise<number> {
  const body = new FormData();
  body.set("manifest", manifest);
  // The platform's types know no files in forms.
  body.append("weights", new Blob([weights]), "weights.safetensors");
  body.set("signature", signature);
  const headers = { authorization: "Bearer token" };
  const request = new Request(`http://registry.test/models/${name}`, {
    method: "POST",
    headers,
    body,
  });
  const limits = { MAX_MANIFEST_BYTES: 1e6, MAX_WEIGHTS_BYTES: 1e6, REGISTRY_TOKEN: "token" };
  // Publications do not reach the objects of data sets and jobs.
  const { MODELS, SHARDS } = env;
  const others = { DATASETS: SHARDS, JOBS: SHARDS, LEASE_SECONDS: 60 };
  const { SIGNERS } = trusting;
  return (await registry.fetch(request, { MODELS, SIGNERS, ...others, ...limits })).status;
}

const tiny = (seed: number) => tinyPackage({ name, seed });
const embed = async () =>
  embeddingsOf(await ask("/embed", json({ inputs: fixtures.png }), trusting));
const statusOf = async (version: string) =>
  (await ask(`/info?model=${name}@${version}`, {}, trusting)).status;

async function publish(files: PackageFiles): Promise<string> {
  const id = await upload(files);
  await promote(id);
  return id.version;
}

/** The bytes with a bit turned. */
function flipped(bytes: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  copy[at] ^= 1 << (at % 8);
  return copy;
}

/** The bytes of what lies in the bucket. */
async function stored(key: string): Promise<Uint8Array<ArrayBuffer>> {
  const object = await env.MODELS.get(key);
  return new Uint8Array((await object?.arrayBuffer()) ?? []);
}

describe("where SIGNERS are named", () => {
  it("a model is served that one of them has signed", async () => {
    for (const signer of [alice, bob]) {
      const version = await publish(await signer.sign(await tiny(++count)));
      await embed();
      expect((await embed()).version).toBe(version);
    }
  });

  const refused: [string, (files: PackageFiles) => Promise<PackageFiles>, RegExp][] = [
    ["that nobody has signed", (files) => Promise.resolve(files), /is not signed/],
    ["that a stranger has signed", (files) => mallory.sign(files), /by alice, bob/],
    [
      "with the signature of another",
      async (files) => ({ ...files, signature: (await alice.sign(await tiny(7))).signature }),
      /by alice, bob/,
    ],
    [
      "with a signature in capitals",
      async (files) => {
        const { signature } = await alice.sign(files);
        return { ...files, signature: signature.toUpperCase() };
      },
      /128 lower-case hex digits/,
    ],
  ];

  it.each(refused)("a first model %s gets 503, until it is signed", async (_, spoil, problem) => {
    const files = await tiny(1);
    const version = await publish(await spoil(files));
    const error = await errorOf(await ask("/embed", json({ inputs: fixtures.png }), trusting));
    expect(error).toMatchObject({ status: 503, code: "model_unavailable" });
    expect(error.message).toMatch(problem);
    expect(await statusOf(version)).toBe(503);
    await upload(await alice.sign(files));
    expect((await embed()).version).toBe(version);
  });

  it.each(refused)("a promotion to a model %s changes nothing", async (_, spoil, problem) => {
    await publish(await alice.sign(await tiny(1)));
    const good = await embed();
    await publish(await spoil(await tiny(2)));
    for (let i = 0; i < 3; i++) expect(await embed()).toEqual(good);
    const info = await ask("/info", {}, trusting);
    expect(await info.json()).toMatchObject({
      version: good.version,
      refresh_error: expect.stringMatching(problem) as string,
    });
  });

  it("a promotion to a model of another name changes nothing, signed or not", async () => {
    await publish(await alice.sign(await tiny(1)));
    const good = await embed();
    const stranger = await alice.sign(await tinyPackage({ name: "stranger", seed: 2 }));
    const { version } = await upload(stranger);
    await env.MODELS.put(manifestKey(name, version), stranger.manifest);
    await env.MODELS.put(signatureKey(name, version), stranger.signature);
    await env.MODELS.put(weightsKey(name, version), stranger.weights);
    await promote({ name, version });
    for (let i = 0; i < 3; i++) expect(await embed()).toEqual(good);
  });

  it("a version that was refused is tried again after a minute", async () => {
    await publish(await alice.sign(await tiny(1)));
    const { version: first } = await embed();
    const files = await tiny(2);
    const second = await publish(files);
    await embed();
    await upload(await alice.sign(files));
    await embed();
    expect((await embed()).version).toBe(first);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    await embed();
    expect((await embed()).version).toBe(second);
    vi.useRealTimers();
  });

  it("a variable that names nobody stops everything", async () => {
    for (const SIGNERS of ["", "alice", "alice:1234", `${alice.entry}0`]) {
      const response = await ask("/info", {}, { ...trusting, SIGNERS });
      expect(await errorOf(response)).toMatchObject({ status: 500, code: "internal_error" });
      expect(log).toHaveBeenLastCalledWith(expect.stringContaining("variable SIGNERS"));
    }
  });
});

describe("a bit turned in R2", () => {
  it.each([
    ["the manifest", manifestKey, 101],
    ["the signature", signatureKey, 7],
    ["the weights", weightsKey, 53],
  ])("in %s is refused, and the good version goes on", async (_, keyOf, step) => {
    await publish(await alice.sign(await tiny(1)));
    const good = await embed();
    const { version } = await upload(await alice.sign(await tiny(2)));
    const key = keyOf(name, version);
    const bytes = await stored(key);
    for (let at = 0; at < bytes.length; at += step) {
      await env.MODELS.put(key, flipped(bytes, at));
      expect(await statusOf(version), `byte ${at}`).toBe(503);
    }
    await promote({ name, version });
    for (let i = 0; i < 3; i++) expect(await embed()).toEqual(good);
    await env.MODELS.put(key, bytes);
    expect(await statusOf(version)).toBe(200);
  });

  it("in the channel's pointer never brings another version", async () => {
    const versions = [await tiny(1), await tiny(2)].map((files) => alice.sign(files));
    const [first, second] = await Promise.all(versions);
    await upload(second);
    await publish(first);
    const good = await embed();
    const key = channelKey(name, "stable");
    const bytes = await stored(key);
    let refusals = 0;
    for (let at = 0; at < bytes.length; at += 2) {
      await env.MODELS.put(key, flipped(bytes, at));
      expect(await embed(), `byte ${at}`).toEqual(good);
      const { refresh_error } = await (
        await ask("/info", {}, trusting)
      ).json<{ refresh_error: string | null }>();
      if (refresh_error !== null) refusals += 1;
    }
    // The others are digits of the time.
    expect(refusals).toBeGreaterThan(0.4 * bytes.length);
    await promote({ name, version: (await upload(second)).version });
    await embed();
    expect((await embed()).version).not.toBe(good.version);
  });
});

describe("a manifest that is reformatted and signed again", () => {
  it("leaves the served version in service", async () => {
    const files = await tiny(1);
    expect(await register(await alice.sign(files))).toBe(201);
    const { version } = JSON.parse(files.manifest) as { version: string };
    const manifest = JSON.stringify(JSON.parse(files.manifest));
    expect(manifest).not.toBe(files.manifest);
    expect(await register(await alice.sign({ ...files, manifest }))).toBe(409);
    await promote({ name, version });
    expect((await embed()).version).toBe(version);
  });
});
