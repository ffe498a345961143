import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { keyEntry } from "../../../../workers/http/keys.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, embeddingsOf, errorOf, json, type Overrides, publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";
import { bytesOf, hugePng } from "../decode/images.ts";

const tiny = { DEFAULT_MODEL: "tiny" };
const { png } = fixtures;

let good: unknown;
const embedPng = async () => embeddingsOf(await ask("/embed", json({ inputs: png }), tiny));

beforeAll(async () => {
  await publish(await tinyPackage());
  good = await embedPng();
});

// Whatever was refused, the next request finds everything in order.
afterEach(async () => {
  expect(await embedPng()).toEqual(good);
});

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
const embedding = (...values: unknown[]) => ({ embedding: values });
const raw = (type: string, body: BodyInit): RequestInit => ({
  method: "POST",
  headers: { "content-type": type },
  body,
});
const half = (text: string) => {
  const bytes = bytesOf(text);
  return base64(bytes.subarray(0, bytes.length / 2));
};

type Refusal = [
  title: string,
  path: string,
  init: RequestInit,
  expected: { status: number; code: string; param: string | null; message?: RegExp },
];

const invalid = (param: string | null, message = /./) => ({
  status: 400,
  code: "invalid_request",
  param,
  message,
});

const refusals: Refusal[] = [
  [
    "an empty body",
    "/embed",
    raw("application/json", ""),
    { status: 400, code: "empty_body", param: null },
  ],
  [
    "an empty raw body",
    "/embed",
    raw("image/png", ""),
    { status: 400, code: "empty_body", param: null },
  ],
  [
    "half a JSON",
    "/embed",
    raw("application/json", '{"inputs": ['),
    { status: 400, code: "invalid_json", param: null },
  ],
  [
    "bytes that are no text",
    "/embed",
    raw("application/json", Uint8Array.of(0x22, 0xff, 0x22)),
    { status: 400, code: "invalid_json", param: null },
  ],
  [
    "a broken form",
    "/embed",
    raw("multipart/form-data; boundary=x", "nothing"),
    { status: 400, code: "invalid_form", param: null },
  ],
  ["no inputs", "/embed", json({}), invalid("inputs", /^inputs: it is missing$/)],
  ["no input", "/v1/embeddings", json({ model: "default" }), invalid("input", /it is missing$/)],
  ["no query", "/rerank", json({ candidates: [png] }), invalid("query", /it is missing$/)],
  ["an item of nothing", "/embed", json({ inputs: [{}] }), invalid("inputs[0].image", /missing$/)],
  [
    "a field of a long name",
    "/embed",
    json({ inputs: png, ["k".repeat(100_000)]: 1 }),
    invalid(`${"k".repeat(300)}...`, /^.{303}$/),
  ],
  ["an empty list", "/embed", json({ inputs: [] }), invalid("inputs")],
  ["a list as the body", "/embed", json([png]), invalid(null)],
  ["an unknown field", "/embed", json({ inputs: png, size: 3 }), invalid("size")],
  [
    "an unknown encoding",
    "/embed",
    json({ inputs: png, encoding_format: "int8" }),
    invalid("encoding_format", /float/),
  ],
  ["a number for an item", "/embed", json({ inputs: [png, 5] }), invalid("inputs[1]", /base64/)],
  ["null for an item", "/embed", json({ inputs: null }), invalid("inputs")],
  [
    "an item of a wrong type",
    "/embed",
    json({ inputs: [{ image: 5 }] }),
    invalid("inputs[0].image"),
  ],
  [
    "an unknown field in an item",
    "/embed",
    json({ inputs: [{ image: png, x: 1 }] }),
    invalid("inputs[0].x"),
  ],
  [
    "image and embedding at once",
    "/embed",
    json({ inputs: [{ image: png, embedding: [1] }] }),
    invalid("inputs[0].image"),
  ],
  [
    "text in an embedding",
    "/embed",
    json({ inputs: [embedding(1, 2, 3, 4, 5, "6")] }),
    { status: 400, code: "invalid_embedding", param: "inputs[0].embedding[5]" },
  ],
  [
    "null in an embedding",
    "/embed",
    json({ inputs: [embedding(1, 2, 3, 4, 5, null)] }),
    { status: 400, code: "invalid_embedding", param: "inputs[0].embedding[5]" },
  ],
  [
    "infinity in an embedding",
    "/embed",
    raw("application/json", '{"inputs": {"embedding": [1, 1e999, 0, 0, 0, 0]}}'),
    { status: 400, code: "invalid_embedding", param: "inputs.embedding[1]" },
  ],
  [
    "a short embedding",
    "/embed",
    json({ inputs: [png, embedding(1, 2)] }),
    {
      status: 400,
      code: "invalid_embedding",
      param: "inputs[1].embedding",
      message: /2 numbers.* have 6/,
    },
  ],
  [
    "an embedding of zeros",
    "/similarity",
    json({ source: png, candidates: [embedding(0, 0, 0, 0, 0, -0)] }),
    { status: 400, code: "invalid_embedding", param: "candidates[0].embedding" },
  ],
  [
    "a URL",
    "/embed",
    json({ inputs: [png, "http://example.com/a.png"] }),
    { status: 400, code: "url_not_allowed", param: "inputs[1]", message: /never fetched/ },
  ],
  [
    "a URL in an object",
    "/embed",
    json({ inputs: { image: "HTTPS://example.com/a.png" } }),
    { status: 400, code: "url_not_allowed", param: "inputs" },
  ],
  [
    "text that is no base64",
    "/embed",
    json({ inputs: ["a cat!"] }),
    { status: 400, code: "invalid_base64", param: "inputs[0]" },
  ],
  [
    "a data URI without base64",
    "/embed",
    json({ inputs: "data:image/svg+xml,<svg/>" }),
    { status: 400, code: "invalid_base64", param: "inputs" },
  ],
  [
    "a text field in a form",
    "/embed",
    { method: "POST", body: new URLSearchParams({ a: "b" }) },
    { status: 415, code: "unsupported_media_type", param: null },
  ],
  [
    "base64 of no image",
    "/embed",
    json({ inputs: [png, btoa("hello")] }),
    { status: 422, code: "not_an_image", param: "inputs[1]", message: /inputs\[1\]/ },
  ],
  [
    "empty base64",
    "/embed",
    json({ inputs: "" }),
    { status: 422, code: "not_an_image", param: "inputs" },
  ],
  [
    "a raw body that is no image",
    "/embed",
    raw("image/png", "hello"),
    { status: 422, code: "not_an_image", param: "body" },
  ],
  [
    "half a JPEG",
    "/embed",
    json({ inputs: half(fixtures.jpeg) }),
    { status: 422, code: "undecodable_image", param: "inputs", message: /cut off/ },
  ],
  [
    "half a PNG",
    "/similarity",
    json({
      pairs: [
        [png, png],
        [png, half(png)],
      ],
    }),
    { status: 422, code: "undecodable_image", param: "pairs[1][1]" },
  ],
  [
    "half a raw WebP",
    "/embed",
    raw("image/webp", bytesOf(half(fixtures.webp))),
    { status: 422, code: "undecodable_image", param: "body" },
  ],
  [
    "12000 x 12000 pixels",
    "/embed",
    json({ inputs: [png, png, base64(hugePng())] }),
    {
      status: 413,
      code: "image_too_large",
      param: "inputs[2]",
      message: /inputs\[2\] has 12000x12000 = 144000000 pixels; the limit is 64000000/,
    },
  ],
  [
    "33 images",
    "/embed",
    json({ inputs: Array(33).fill(png) }),
    {
      status: 413,
      code: "batch_too_large",
      param: "inputs[32]",
      message: /33 images; the limit is 32/,
    },
  ],
  [
    "33 images to compare",
    "/similarity",
    json({ source: png, candidates: Array(32).fill(png) }),
    { status: 413, code: "batch_too_large", param: "candidates[31]" },
  ],
  [
    "1001 embeddings",
    "/embed",
    json({ inputs: Array(1001).fill(embedding(1, 2, 3, 4, 5, 6)) }),
    {
      status: 413,
      code: "batch_too_large",
      param: "inputs[1000]",
      message: /1001 items; the limit is 1000/,
    },
  ],
  [
    "a large body",
    "/embed",
    raw("application/json", " ".repeat(10_000_001)),
    { status: 413, code: "body_too_large", param: null, message: /10000000/ },
  ],
  [
    "an image of a kind that is not supported",
    "/embed",
    raw("image/svg", "<svg/>"),
    { status: 422, code: "undecodable_image", param: "body", message: /SVG/ },
  ],
  [
    "a large body of a media type that is not an image's",
    "/embed",
    raw("text/plain", " ".repeat(10_000_001)),
    { status: 413, code: "body_too_large", param: null, message: /10000000/ },
  ],
  [
    "another media type that is not an image's",
    "/embed",
    raw("text/plain", "hello"),
    { status: 415, code: "unsupported_media_type", param: null, message: /text\/plain/ },
  ],
  [
    "a raw image to compare",
    "/similarity",
    raw("image/png", bytesOf(png)),
    { status: 415, code: "unsupported_media_type", param: null },
  ],
  ["nothing to compare", "/similarity", json({ source: png }), invalid("candidates")],
  ["no candidates", "/similarity", json({ source: png, candidates: [] }), invalid("candidates")],
  [
    "a pair of three",
    "/similarity",
    json({
      pairs: [
        [png, png],
        [png, png, png],
      ],
    }),
    invalid("pairs[1]"),
  ],
  ["a pair that is none", "/similarity", json({ pairs: [png] }), invalid("pairs[0]")],
  [
    "pairs and a source",
    "/similarity",
    json({ pairs: [[png, png]], source: png }),
    invalid("source"),
  ],
  [
    "a model that does not exist",
    "/embed?model=nobody",
    json({ inputs: png }),
    { status: 404, code: "unknown_model", param: "model", message: /nobody/ },
  ],
  [
    "a version that does not exist",
    "/similarity?model=tiny@0123456789abcdef",
    json({ source: png, candidates: [png] }),
    { status: 404, code: "unknown_model", param: "model" },
  ],
  [
    "a name that cannot exist",
    "/info?model=../secrets",
    {},
    { status: 404, code: "unknown_model", param: "model" },
  ],
  [
    "a version that cannot exist",
    "/info?model=tiny@latest",
    {},
    { status: 404, code: "unknown_model", param: "model" },
  ],
  [
    "an unknown path",
    "/embeddings",
    json({ inputs: png }),
    { status: 404, code: "not_found", param: null, message: /\/embeddings/ },
  ],
];

describe("refuses", () => {
  it.each(refusals)("%s", async (_, path, init, { message, ...expected }) => {
    const error = await errorOf(await ask(path, init, tiny));
    expect(error).toMatchObject(expected);
    if (message) expect(error.message).toMatch(message);
  });

  it("a text field in a form", async () => {
    const form = new FormData();
    form.append("caption", "a cat");
    const error = await errorOf(await ask("/embed", { method: "POST", body: form }, tiny));
    expect(error).toMatchObject({ status: 400, code: "invalid_request", param: "caption" });
  });

  it("a form without files, or with an unknown encoding", async () => {
    const form = new FormData();
    form.append("encoding_format", "float");
    const empty = await ask("/embed", { method: "POST", body: form }, tiny);
    expect(await errorOf(empty)).toMatchObject({ status: 400, param: "inputs" });
    form.set("encoding_format", "int8");
    const unknown = await ask("/embed", { method: "POST", body: form }, tiny);
    expect(await errorOf(unknown)).toMatchObject({ status: 400, param: "encoding_format" });
  });

  it("a chunked body that grows too large", async () => {
    const chunk = new Uint8Array(1_000_000);
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(chunk),
    });
    const init = { ...raw("image/png", body), duplex: "half" };
    expect(await errorOf(await ask("/embed", init, tiny))).toMatchObject({
      status: 413,
      code: "body_too_large",
    });
  });

  it("a body that breaks off, which is no fault of the Worker", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    for (const path of ["/embed", "/similarity"]) {
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.error(new Error("Network connection lost.")),
      });
      const init = { ...raw("application/json", body), duplex: "half" };
      expect(await errorOf(await ask(path, init, tiny))).toMatchObject({
        status: 400,
        code: "incomplete_body",
      });
    }
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });

  it.each([
    ["/embed", "GET", "POST"],
    ["/similarity", "DELETE", "POST"],
    ["/info", "POST", "GET, HEAD"],
    ["/healthz", "POST", "GET, HEAD"],
    ["/readyz", "PUT", "GET, HEAD"],
  ])("%s by %s", async (path, method, allow) => {
    const response = await ask(path, { method }, tiny);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await errorOf(response)).toMatchObject({ status: 405, code: "method_not_allowed" });
  });

  it("every request but /healthz if a variable is invalid", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    for (const broken of [
      { MAX_BATCH: "many" },
      { DECODE_BYTES: 0 },
      { LOAD_SECONDS: 0 },
      { LOAD_SECONDS: 30.1 },
      { DEFAULT_MODEL: "Not a name" },
      { CHANNEL: undefined },
      { API_KEYS: "" },
      { API_KEYS: "one,,two" },
      { OPEN_TO_ALL: "yes" },
      { MODELS: undefined },
    ]) {
      const overrides = { ...tiny, ...broken };
      const error = await errorOf(await ask("/embed", json({ inputs: png }), overrides));
      expect(error).toMatchObject({ status: 500, code: "internal_error" });
      expect((await ask("/healthz", {}, overrides)).status).toBe(200);
      expect(log).toHaveBeenLastCalledWith(expect.stringContaining(Object.keys(broken)[0]));
    }
    log.mockRestore();
  });
});

it("a LOAD_SECONDS over its limit is refused with the limit in the log", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  expect((await ask("/info", {}, { ...tiny, LOAD_SECONDS: 3600 })).status).toBe(500);
  expect(log).toHaveBeenCalledWith(expect.stringMatching(/LOAD_SECONDS .*at most 30 seconds/));
  log.mockRestore();
  expect((await ask("/info", {}, { ...tiny, LOAD_SECONDS: 30 })).status).toBe(200);
});

describe("API_KEYS", () => {
  const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
  let keys: Overrides;
  beforeAll(async () => {
    const entries = [
      await keyEntry("first", "embed", "first-key"),
      await keyEntry("second", "embed", "second-key"),
      await keyEntry("ci", "publish", "publish-key"),
      await keyEntry("both", "publish", "both-key"),
      await keyEntry("both", "embed", "both-key"),
    ];
    keys = { ...tiny, OPEN_TO_ALL: false, API_KEYS: entries.join("\n") };
  });

  it("demands one of the keys", async () => {
    const [digest] = /[0-9a-f]{64}/.exec(await keyEntry("first", "embed", "first-key")) ?? [""];
    for (const init of [{}, bearer("wrong"), bearer("first-key,"), bearer(""), bearer(digest)]) {
      for (const path of ["/info", "/embed", "/nothing"]) {
        const response = await ask(path, init, keys);
        expect(response.headers.get("www-authenticate")).toBe("Bearer");
        expect(await errorOf(response)).toMatchObject({ status: 401, code: "unauthorized" });
      }
    }
    for (const key of ["first-key", "second-key", "both-key"]) {
      expect((await ask("/info", bearer(key), keys)).status).toBe(200);
    }
  });

  it("requires them even after the API was open", async () => {
    const overrides = { ...keys, OPEN_TO_ALL: true };
    expect((await ask("/info", {}, overrides)).status).toBe(401);
    expect((await ask("/info", bearer("first-key"), overrides)).status).toBe(200);
  });

  it("refuses keys of other scopes", async () => {
    const error = await errorOf(await ask("/info", bearer("publish-key"), keys));
    expect(error).toMatchObject({ status: 403, code: "wrong_scope" });
  });

  it("leaves health public", async () => {
    expect((await ask("/healthz", {}, keys)).status).toBe(200);
    expect((await ask("/readyz", {}, keys)).status).toBe(200);
  });

  it("must be set, unless OPEN_TO_ALL is", async () => {
    for (const OPEN_TO_ALL of [undefined, false, "false"]) {
      const overrides = { ...tiny, OPEN_TO_ALL };
      for (const path of ["/info", "/embed", "/nothing"]) {
        const error = await errorOf(await ask(path, {}, overrides));
        expect(error).toMatchObject({ status: 403, code: "no_api_keys" });
        expect(error.message).toContain("OPEN_TO_ALL");
      }
      expect((await ask("/healthz", {}, overrides)).status).toBe(200);
    }
    for (const OPEN_TO_ALL of [true, "true"]) {
      expect((await ask("/info", {}, { ...tiny, OPEN_TO_ALL })).status).toBe(200);
    }
  });

  it("need not be set on the local machine", async () => {
    const overrides = { ...tiny, OPEN_TO_ALL: false };
    const statusAt = async (host: string, more: Overrides = {}) =>
      (await ask(new URL("/info", `http://${host}`), {}, { ...overrides, ...more })).status;
    for (const host of ["localhost:8787", "127.0.0.1", "[::1]:8787"]) {
      expect(await statusAt(host)).toBe(200);
      expect(await statusAt(host, keys)).toBe(401);
    }
    for (const host of ["localhost.example.com", "127.0.0.1.example.com", "10.0.0.1"]) {
      expect(await statusAt(host)).toBe(403);
    }
  });
});
