import { reset } from "cloudflare:test";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PackageFiles } from "../../../shared/package/codec.ts";
import { manifestKey, signatureKey, weightsKey } from "../../../workers/storage/layout.ts";
import { makeSigner, type TestSigner } from "../signer.ts";
import { tinyPackage } from "../tinyPackage.ts";
import { answerOf, bindings, callWith, packageForm, post, refusalOf } from "./client.ts";
import { manifestOf } from "./reseal.ts";

const { MODELS } = bindings;

let alice: TestSigner;
let bob: TestSigner;
let trusting: { SIGNERS: string };

beforeAll(async () => {
  alice = await makeSigner("alice");
  bob = await makeSigner("bob");
  trusting = { SIGNERS: alice.entry };
});
beforeEach(reset);

const publish = (files: PackageFiles, changed: Record<string, unknown> = trusting) =>
  callWith(changed, `/models/${manifestOf(files).name}`, {
    method: "POST",
    body: packageForm(files),
  });
const promote = (files: PackageFiles, changed: Record<string, unknown> = trusting) => {
  const { name, version } = manifestOf(files);
  return post(`/models/${name}/promote`, { version }, changed);
};
/** The bucket with another `put`. */
const bucketWith = (
  put: (...args: Parameters<R2Bucket["put"]>) => Promise<R2Object | null>,
): R2Bucket =>
  new Proxy(MODELS, {
    get: (bucket, property) => {
      const value: unknown = property === "put" ? put : Reflect.get(bucket, property, bucket);
      return typeof value === "function" ? (value.bind(bucket) as unknown) : value;
    },
  });
const keysLeft = async () => (await MODELS.list()).objects.map(({ key }) => key);

describe("with SIGNERS", () => {
  it("a package that one of them has signed is stored and promoted", async () => {
    const files = await alice.sign(await tinyPackage());
    const { name, version } = manifestOf(files);
    await answerOf(await publish(files), 201);
    const stored = await MODELS.get(signatureKey(name, version));
    expect(await stored?.text()).toBe(files.signature);
    await answerOf(await promote(files));
  });

  it.each<[string, string, (files: PackageFiles) => Promise<PackageFiles>]>([
    ["without a signature", "signature_missing", (files) => Promise.resolve(files)],
    ["of another signer", "signature_wrong", (files) => bob.sign(files)],
    [
      "that changed after signing",
      "signature_wrong",
      async (files) => {
        const { manifest, weights, signature } = await alice.sign(files);
        return { manifest: manifest.trimEnd(), weights, signature };
      },
    ],
    [
      "with another text as its signature",
      "signature_malformed",
      (files) => Promise.resolve({ ...files, signature: "sesame" }),
    ],
  ])("a package %s is refused", async (_, code, spoil) => {
    const files = await spoil(await tinyPackage());
    expect(await refusalOf(await publish(files))).toMatchObject({ status: 422, code });
    expect(await keysLeft()).toEqual([]);
  });

  it("an unsigned version is not promoted until it is signed", async () => {
    const files = await tinyPackage();
    await answerOf(await publish(files, {}), 201);
    const refusal = await refusalOf(await promote(files));
    expect(refusal).toMatchObject({ status: 422, code: "signature_missing" });
    expect(refusal.message).toContain(manifestOf(files).version);
    await answerOf(await publish(await alice.sign(files)), 200);
    await answerOf(await promote(files));
  });

  it("a rollback refuses a version whose signer was removed", async () => {
    const [first, second] = await Promise.all([1, 2].map((seed) => tinyPackage({ seed })));
    for (const files of [await alice.sign(first), await bob.sign(second)]) {
      const both = { SIGNERS: `${alice.entry},${bob.entry}` };
      await answerOf(await publish(files, both), 201);
      await answerOf(await promote(files, both));
    }
    const back = () => post("/models/tiny/rollback", {}, { SIGNERS: bob.entry });
    expect(await refusalOf(await back())).toMatchObject({ status: 422, code: "signature_wrong" });
    await answerOf(await publish(await bob.sign(first), { SIGNERS: bob.entry }), 200);
    expect(await answerOf(await back())).toMatchObject({ version: manifestOf(first).version });
  });
});

describe("a manifest with other bytes than the stored one", () => {
  /** The same content, and so the same version, in other bytes. */
  const reformatted = (files: PackageFiles): PackageFiles => ({
    ...files,
    manifest: JSON.stringify(JSON.parse(files.manifest)),
  });
  const filesLeft = async () => {
    const { objects } = await MODELS.list();
    const texts = objects.map(async ({ key }) => [key, await (await MODELS.get(key))?.text()]);
    return Object.fromEntries(await Promise.all(texts)) as unknown;
  };

  it.each([
    ["with SIGNERS", () => trusting],
    ["without", () => ({})],
  ])("cannot replace the signature, %s", async (_, changed) => {
    const files = await tinyPackage();
    await answerOf(await publish(await alice.sign(files), changed()), 201);
    const before = await filesLeft();
    const refusal = await refusalOf(await publish(await alice.sign(reformatted(files)), changed()));
    expect(refusal).toMatchObject({ status: 409, code: "manifest_differs", param: "manifest" });
    expect(await filesLeft()).toEqual(before);
    await answerOf(await promote(files));
  });

  it("is accepted without a signature, and changes nothing", async () => {
    const files = await tinyPackage();
    await answerOf(await publish(await alice.sign(files)), 201);
    const before = await filesLeft();
    await answerOf(await publish(reformatted(files), {}), 200);
    expect(await filesLeft()).toEqual(before);
  });

  it("does not keep the signature that an interrupted publication left", async () => {
    const files = await tinyPackage();
    const { name, version } = manifestOf(files);
    await answerOf(await publish(await alice.sign(files)), 201);
    await MODELS.delete(manifestKey(name, version));
    await answerOf(await publish(reformatted(files), {}), 201);
    expect(await MODELS.head(signatureKey(name, version))).toBeNull();
  });

  it("is refused if another first publication overtakes it", async () => {
    const [first, second] = await Promise.all([
      alice.sign(await tinyPackage()),
      alice.sign(reformatted(await tinyPackage())),
    ]);
    const { name, version } = manifestOf(first);
    const overtaken = bucketWith(async (...args: Parameters<R2Bucket["put"]>) => {
      if (args[0].endsWith("manifest.json")) await answerOf(await publish(first), 201);
      return MODELS.put(...args);
    });
    const refusal = await refusalOf(await publish(second, { ...trusting, MODELS: overtaken }));
    expect(refusal).toMatchObject({ status: 409, code: "manifest_differs" });
    expect(await (await MODELS.get(manifestKey(name, version)))?.text()).toBe(first.manifest);
    await answerOf(await promote(first));
  });

  it("must be UTF-8, so that the signed bytes are stored", async () => {
    const files = await tinyPackage();
    const body = packageForm(files);
    body.set("manifest", new Blob([files.manifest, Uint8Array.of(0xff)]), "manifest.json");
    const sent = () => callWith({}, "/models/tiny", { method: "POST", body });
    expect(await refusalOf(await sent())).toMatchObject({ status: 400, param: "manifest" });
    body.set("manifest", new Blob(["\ufeff", files.manifest]), "manifest.json");
    expect(await refusalOf(await sent())).toMatchObject({ code: "manifest_invalid" });
    expect(await keysLeft()).toEqual([]);
  });
});

describe("an interrupted publication", () => {
  /** The bucket with an nth write that fails, before or after it is done. */
  const failing = (nth: number, done: boolean): R2Bucket => {
    let writes = 0;
    const put = async (...args: Parameters<R2Bucket["put"]>) => {
      writes += 1;
      if (writes < nth || done) await MODELS.put(...args);
      if (writes === nth) throw new Error("R2 is away");
      return MODELS.head(args[0]);
    };
    return bucketWith(put);
  };

  it.each([
    [1, false],
    [1, true],
    [2, false],
    [2, true],
    [3, false],
  ])("at write %i, done: %s, leaves nothing visible, and can be repeated", async (nth, done) => {
    const files = await alice.sign(await tinyPackage());
    const response = await publish(files, { ...trusting, MODELS: failing(nth, done) });
    expect(response.status).toBe(500);
    expect(await answerOf(await callWith(trusting, "/models"))).toEqual({ models: [] });
    expect(await refusalOf(await callWith(trusting, "/models/tiny"))).toMatchObject({
      status: 404,
    });
    expect(await refusalOf(await promote(files))).toMatchObject({ status: 404 });
    await answerOf(await publish(files), 201);
    await answerOf(await promote(files));
    const { name, version } = manifestOf(files);
    const keys = [manifestKey, signatureKey, weightsKey].map((keyOf) => keyOf(name, version));
    expect(await keysLeft()).toEqual(expect.arrayContaining(keys));
  });
});
