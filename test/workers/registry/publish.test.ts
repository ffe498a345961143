import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import type { PackageFiles } from "../../../shared/package/codec.ts";
import { manifestKey, weightsKey } from "../../../workers/storage/layout.ts";
import { tinyPackage } from "../tinyPackage.ts";
import {
  answerOf,
  bearer,
  bindings,
  call,
  callWith,
  form,
  packageForm,
  publish,
  refusalOf,
} from "./client.ts";
import { manifestOf, reseal, withTensors } from "./reseal.ts";

const { MODELS } = bindings;

beforeEach(reset);

describe("POST /models/<name>", () => {
  it("stores a new package unchanged and answers with its location", async () => {
    const files = await tinyPackage({ name: "new" });
    const { version, weights } = manifestOf(files);
    const response = await publish("new", files);
    expect(response.headers.get("location")).toBe(`/models/new/${version}`);
    expect(await answerOf(response, 201)).toEqual({
      name: "new",
      version,
      bytes: weights.bytes,
      sha256: weights.sha256,
    });
    const manifest = await MODELS.get(manifestKey("new", version));
    const stored = await MODELS.get(weightsKey("new", version));
    expect(await manifest?.text()).toBe(files.manifest);
    expect(await stored?.bytes()).toEqual(files.weights);
  });

  it.each(["none", "int8-per-output-channel"] as const)("accepts the scheme %s", async (scheme) => {
    const response = await publish("schemes", await tinyPackage({ name: "schemes", scheme }));
    await answerOf(response, 201);
  });

  it("accepts the manifest as text", async () => {
    const { manifest, weights } = await tinyPackage({ name: "text" });
    const body = form({ manifest, weights: new Blob([weights]) });
    await answerOf(await call("/models/text", { method: "POST", body }), 201);
  });

  const gzip = (bytes: Uint8Array<ArrayBuffer>) =>
    new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  it.each<[string, (bytes: Uint8Array<ArrayBuffer>) => [Record<string, string>, BodyInit]]>([
    ["of a stated length", (bytes) => [{ "content-length": String(bytes.length) }, bytes]],
    ["in chunks", (bytes) => [{}, new Blob([bytes]).stream()]],
    ["by gzip", (bytes) => [{ "content-encoding": "gzip" }, gzip(bytes)]],
  ])("accepts a form that is sent %s", async (_, send) => {
    const files = await tinyPackage({ name: "sent" });
    const whole = new Response(packageForm(files));
    const [headers, body] = send(new Uint8Array(await whole.arrayBuffer()));
    const type = { "content-type": whole.headers.get("content-type") ?? "" };
    const init = { method: "POST", headers: { ...type, ...headers }, body };
    await answerOf(await callWith({}, "/models/sent", init), 201);
    const stored = await MODELS.get(weightsKey("sent", manifestOf(files).version));
    expect(await stored?.bytes()).toEqual(files.weights);
  });

  it("answers 200 for a stored version and does not write it again", async () => {
    const files = await tinyPackage({ name: "twice" });
    const { version } = manifestOf(files);
    await publish("twice", files);
    const before = await MODELS.head(manifestKey("twice", version));
    const weightsBefore = await MODELS.head(weightsKey("twice", version));
    expect(await answerOf(await publish("twice", files), 200)).toMatchObject({ version });
    const after = await MODELS.head(manifestKey("twice", version));
    const weightsAfter = await MODELS.head(weightsKey("twice", version));
    expect(after?.version).toBe(before?.version);
    expect(weightsAfter?.version).toBe(weightsBefore?.version);
  });

  it.each([
    ["the manifest", manifestKey],
    ["the weights", weightsKey],
  ])("completes a version that lacks %s", async (_, key) => {
    const files = await tinyPackage({ name: "half" });
    const { version } = manifestOf(files);
    await publish("half", files);
    await MODELS.delete(key("half", version));
    await answerOf(await publish("half", files), 201);
    expect(await MODELS.head(key("half", version))).not.toBeNull();
  });
});

type Fault = [code: string, message: RegExp, spoil: (files: PackageFiles) => Promise<PackageFiles>];

const editManifest = (edit: (text: string) => string) => (files: PackageFiles) =>
  Promise.resolve({ ...files, manifest: edit(files.manifest) });

const faults: Fault[] = [
  ["manifest_invalid", /not JSON/, editManifest(() => "{")],
  ["manifest_invalid", /embedding/, editManifest((text) => text.replace('"embedding"', '"e"'))],
  ["format_unknown", /pddm-model\/9/, editManifest((text) => text.replace("model/1", "model/9"))],
  [
    "version_mismatch",
    /its content is version/,
    editManifest((text) => text.replace('"intercept": 1', '"intercept": 3')),
  ],
  [
    "network_invalid",
    /gives 6 features, the manifest says 7/,
    async (files) => {
      const changed = { ...manifestOf(files), embedding: { dimensions: 7 } };
      return reseal({ ...files, manifest: JSON.stringify(changed) }, files.weights);
    },
  ],
  [
    "weights_truncated",
    /bytes, the manifest says/,
    ({ manifest, weights }) => Promise.resolve({ manifest, weights: weights.slice(0, -1) }),
  ],
  [
    "weights_hash",
    /SHA-256/,
    ({ manifest, weights }) =>
      Promise.resolve({ manifest, weights: weights.with(-1, weights[weights.length - 1] ^ 1) }),
  ],
  ["weights_malformed", /header/, (files) => reseal(files, new Uint8Array(16).fill(255))],
  [
    "tensor_missing",
    /"conv\/bias" is missing/,
    (files) => withTensors(files, (tensors) => tensors.delete("conv/bias")),
  ],
  [
    "tensor_unexpected",
    /"stranger"/,
    (files) =>
      withTensors(files, (tensors) =>
        tensors.set("stranger", { shape: [1], values: new Float32Array(1) }),
      ),
  ],
  [
    "tensor_shape",
    /"conv\/bias" has shape \[3\], the network needs \[4\]/,
    (files) =>
      withTensors(files, (tensors) =>
        tensors.set("conv/bias", { shape: [3], values: new Float32Array(3) }),
      ),
  ],
  [
    "tensor_value",
    /"conv\/bias" holds a number that is not finite/,
    (files) =>
      withTensors(files, (tensors) =>
        tensors.set("conv/bias", { shape: [4], values: Float32Array.of(0, NaN, 0, 0) }),
      ),
  ],
];

describe("a package with a fault", () => {
  it.each(faults)("is refused with 422 %s, %s", async (code, message, spoil) => {
    const files = await spoil(await tinyPackage({ name: "faulty" }));
    const refusal = await refusalOf(await publish("faulty", files));
    expect(refusal).toMatchObject({ status: 422, code });
    expect(refusal.message).toMatch(message);
    const { objects } = await MODELS.list({ prefix: "models/faulty/" });
    expect(objects).toEqual([]);
  });

  it("is refused if it names another model than the path", async () => {
    const refusal = await refusalOf(await publish("other", await tinyPackage({ name: "tiny" })));
    expect(refusal).toMatchObject({ status: 422, code: "name_mismatch" });
    expect(refusal.message).toContain('"tiny"');
    expect((await MODELS.list({ prefix: "models/tiny/" })).objects).toEqual([]);
  });
});

describe("a form with a fault", () => {
  it.each(["manifest", "weights"])("is refused if it lacks the %s", async (missing) => {
    const { manifest, weights } = await tinyPackage();
    const body = packageForm({ manifest, weights });
    body.delete(missing);
    const refusal = await refusalOf(await call("/models/tiny", { method: "POST", body }));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_request", param: missing });
  });

  it.each<Record<string, string>>([{}, { "content-length": "10" }])(
    "is refused if its body is not a form",
    async (more) => {
      const headers = { "content-type": "multipart/form-data; boundary=x", ...more };
      const init = { method: "POST", headers, body: "not a form" };
      const refusal = await refusalOf(await callWith({}, "/models/tiny", init));
      expect(refusal).toMatchObject({ status: 400, code: "invalid_form" });
    },
  );

  it("is refused if it has another media type", async () => {
    const headers = { "content-type": "application/json" };
    const refusal = await refusalOf(
      await call("/models/tiny", { method: "POST", headers, body: "{}" }),
    );
    expect(refusal).toMatchObject({ status: 415, code: "unsupported_media_type" });
    expect(refusal.message).toContain("multipart/form-data");
  });

  it("is refused if the path's name is invalid", async () => {
    const refusal = await refusalOf(await publish("Tiny!", await tinyPackage()));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_request", param: "name" });
  });
});

describe("a package over the limits", () => {
  it.each([
    ["manifest", { MAX_MANIFEST_BYTES: 100 }],
    ["weights", { MAX_WEIGHTS_BYTES: 100 }],
  ])("is refused for its %s", async (param, limit) => {
    const body = packageForm(await tinyPackage());
    const refusal = await refusalOf(
      await callWith(limit, "/models/tiny", { method: "POST", body }),
    );
    expect(refusal).toMatchObject({ status: 413, code: "part_too_large", param });
    expect(refusal.message).toContain("the limit is 100");
  });

  const limits = { MAX_MANIFEST_BYTES: 1_000, MAX_WEIGHTS_BYTES: 1_000 };
  const multipart = { ...bearer, "content-type": "multipart/form-data; boundary=x" };

  it("is refused by its Content-Length", async () => {
    const headers = { ...multipart, "content-length": "18385" };
    const init = { method: "POST", headers, body: "short" };
    const refusal = await refusalOf(await callWith(limits, "/models/tiny", init));
    expect(refusal).toMatchObject({ status: 413, code: "body_too_large" });
    expect(refusal.message).toContain("18384 bytes; a package of the scheme int8 has a quarter");
  });

  it("is refused while it arrives", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const flood = async () => {
      for (;;) await writer.write(new Uint8Array(10_000));
    };
    // Ends when the Worker cancels the stream.
    const flooded = expect(flood()).rejects.toThrow();
    const init = { method: "POST", headers: multipart, body: readable };
    const refusal = await refusalOf(await callWith(limits, "/models/tiny", init));
    expect(refusal).toMatchObject({ status: 413, code: "body_too_large" });
    await flooded;
  });
});
