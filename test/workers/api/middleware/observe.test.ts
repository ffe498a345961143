import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  type MockInstance,
  vi,
} from "vitest";
import { Model } from "../../../../shared/model.ts";
import { keyEntry } from "../../../../workers/http/keys.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, json, publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";

const { jpeg, png } = fixtures;
const tiny = {
  DEFAULT_MODEL: "observed",
  API_KEYS: await keyEntry("tests", "embed", "secret-key"),
  CACHE_BYTES: 1_000_000,
};
const authorization = "Bearer secret-key";
let version: string;
let log: MockInstance<typeof console.log>;

beforeAll(async () => {
  version = await publish(await tinyPackage({ name: "observed" }));
});
beforeEach(() => {
  log = vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => {
  log.mockRestore();
});

const post = (path: string, body: unknown, headers = {}) => {
  const init = json(body);
  return ask(path, { ...init, headers: { ...init.headers, authorization, ...headers } }, tiny);
};
const similarity = (headers = {}) =>
  post("/similarity", { source: png, candidates: [jpeg, png] }, headers);

const idOf = (response: Response) => response.headers.get("x-request-id");

describe("a request's id", () => {
  it("is the client's, if that is valid", async () => {
    const id = "01J9-trace.7:a_b";
    expect(idOf(await similarity({ "x-request-id": id }))).toBe(id);
    expect(idOf(await ask("/healthz", { headers: { "x-request-id": id } }))).toBe(id);
    expect(idOf(await ask("/nothing", { headers: { "x-request-id": id } }, tiny))).toBe(id);
  });

  it("is otherwise Cloudflare's, or random", async () => {
    const bad = 'a"b';
    expect(idOf(await similarity({ "x-request-id": bad, "cf-ray": "8f-AMS" }))).toBe("8f-AMS");
    const ids = [await similarity({ "x-request-id": "a".repeat(65) }), await similarity()].map(
      idOf,
    );
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe("the log", () => {
  it("has a line of JSON per request, with the work but not the content", async () => {
    await similarity();
    log.mockClear();
    const response = await similarity({ "x-request-id": "one" });
    await response.arrayBuffer();
    expect(log).toHaveBeenCalledOnce();
    const [line] = log.mock.calls[0] as [string];
    expect(JSON.parse(line)).toEqual({
      level: "info",
      message: "request",
      request_id: "one",
      method: "POST",
      route: "/similarity",
      status: 200,
      ms: expect.any(Number) as number,
      key: "tests",
      model: `observed@${version}`,
      images: 3,
      cached: 3,
      pairs: 2,
    });
  });

  it("has a line for an unexpected error, with the request and the name of the key", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const compare = vi.spyOn(Model.prototype, "scorePairs").mockImplementationOnce(() => {
      throw new Error("out of memory");
    });
    const response = await similarity({ "x-request-id": "three" });
    expect(response.status).toBe(500);
    expect(error).toHaveBeenCalledOnce();
    const [line] = error.mock.calls[0] as [string];
    expect(JSON.parse(line)).toEqual({
      level: "error",
      message: "out of memory",
      stack: expect.any(String) as string,
      request_id: "three",
      method: "POST",
      path: "/similarity",
      key: "tests",
    });
    expect(line).not.toContain("secret-key");
    compare.mockRestore();
    error.mockRestore();
  });

  it("hides unknown paths, and has the request id of an error", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await ask("/secret-path?key=secret-key", { headers: { authorization } }, tiny);
    expect(log.mock.lastCall).toEqual([expect.stringMatching(/"route":"other","status":404/)]);
    expect(JSON.stringify(log.mock.calls)).not.toContain("secret");
    await ask("/info", { headers: { "x-request-id": "two" } }, { ...tiny, MAX_BATCH: "many" });
    expect(error).toHaveBeenCalledWith(expect.stringContaining('"request_id":"two"'));
    error.mockRestore();
  });
});

describe("Analytics Engine", () => {
  it("gets a data point per request if it is bound", async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const ANALYTICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point) };
    const init = { headers: { authorization } };
    await ask("/info", init, { ...tiny, ANALYTICS });
    await ask("/info", {}, { ...tiny, ANALYTICS });
    expect(points).toEqual([
      { indexes: ["/info"], blobs: ["/info", "200", ""], doubles: [expect.any(Number), 0, 0] },
      { indexes: ["/info"], blobs: ["/info", "401", ""], doubles: [expect.any(Number), 0, 0] },
    ]);
  });
});

async function metrics(): Promise<Map<string, number>> {
  const response = await ask("/metrics", { headers: { authorization } }, tiny);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const lines = (await response.text()).split("\n");
  expect(lines.pop()).toBe("");
  const samples = lines.filter((line) => !line.startsWith("# "));
  return new Map(
    samples.map((line) => {
      const [, name, value] = /^([a-z_]+(?:\{[^{}]+\})?) ([\d.e+-]+)$/.exec(line) ?? [];
      expect(name, line).toBeDefined();
      return [name, Number(value)];
    }),
  );
}

describe("GET /metrics", () => {
  it("counts requests, images, pairs and loads of this isolate", async () => {
    vi.spyOn(console, "error").mockImplementationOnce(() => undefined);
    const before = await metrics();
    await similarity();
    await similarity();
    await post("/embed", { inputs: "!" });
    const fresh = await tinyPackage({ name: "observed-fresh" });
    await publish(fresh);
    await post("/embed?model=observed-fresh", { inputs: [png, { embedding: [1, 0, 0, 0, 0, 0] }] });
    await publish({ ...(await tinyPackage({ name: "observed-bad" })), weights: new Uint8Array(9) });
    await post("/embed?model=observed-bad", { inputs: png });
    const after = await metrics();
    const grown = (name: string) => (after.get(name) ?? NaN) - (before.get(name) ?? 0);
    expect(grown('pddm_requests_total{route="/similarity",status="200"}')).toBe(2);
    expect(grown('pddm_requests_total{route="/embed",status="400"}')).toBe(1);
    expect(grown("pddm_images_embedded_total")).toBe(7);
    // The first two requests bring what the tests above have asked for.
    expect(grown("pddm_embedding_cache_hits_total")).toBe(6);
    expect(grown("pddm_embedding_cache_misses_total")).toBe(1);
    expect(grown("pddm_embedding_cache_bytes")).toBeGreaterThan(6 * 4);
    expect(grown("pddm_pairs_scored_total")).toBe(4);
    expect(grown("pddm_model_loads_total")).toBe(1);
    expect(grown("pddm_model_load_failures_total")).toBe(1);
    expect(after.get("pddm_model_resident_bytes")).toBeGreaterThan(fresh.weights.length);
    expect(after.get("pddm_tfjs_heap_bytes")).toBeGreaterThan(2 ** 23);
    // The fresh model's kernel, bias, dense kernel and bias at least, with no comparison yet.
    expect(grown("pddm_tfjs_tensors")).toBeGreaterThanOrEqual(4);
    // The request for the metrics before is over now.
    expect(grown("pddm_request_duration_seconds_count")).toBe(6);
    expect(after.get('pddm_request_duration_seconds_bucket{le="+Inf"}')).toBe(
      after.get("pddm_request_duration_seconds_count"),
    );
    expect(after.get("pddm_request_duration_seconds_sum")).toBeGreaterThanOrEqual(0);
  });
});
