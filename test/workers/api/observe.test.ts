import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { keyEntry } from "../../../workers/keys.ts";
import { tinyPackage } from "../tinyPackage.ts";
import { ask, errorOf, json, type Overrides, publish } from "./ask.ts";
import { fixtures } from "./fixtures.ts";

const { png } = fixtures;
const name = "observed";
const KEY = "a-key-of-somebody";
let observed: Overrides;

beforeAll(async () => {
  await publish(await tinyPackage({ name }));
  const API_KEYS = await keyEntry("somebody", "embed", KEY);
  observed = { DEFAULT_MODEL: name, LOG_REQUESTS: true, API_KEYS };
});

const embed = (headers: Record<string, string> = {}, overrides: Overrides = {}) => {
  const init = json({ inputs: [png, png] });
  const all = { "content-type": "application/json", authorization: `Bearer ${KEY}`, ...headers };
  return ask("/embed", { ...init, headers: all }, { ...observed, ...overrides });
};

describe("a request's id", () => {
  it("is the client's own where it is a plain one, else cf-ray or a new one", async () => {
    const idOf = async (headers: Record<string, string>) =>
      (await ask("/healthz", { headers })).headers.get("x-request-id");
    expect(await idOf({ "x-request-id": "order-17" })).toBe("order-17");
    expect(await idOf({ "cf-ray": "8f0c-FRA" })).toBe("8f0c-FRA");
    for (const id of ["", "two words", "a".repeat(300)]) {
      expect(await idOf({ "x-request-id": id })).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(await idOf({})).not.toBe(await idOf({}));
  });

  it("stands in the body of an error, too", async () => {
    const response = await ask("/nothing", { headers: { "x-request-id": "lost" } });
    expect(response.headers.get("x-request-id")).toBe("lost");
    const { error } = z
      .object({ error: z.object({ request_id: z.string() }) })
      .parse(await response.json());
    expect(error.request_id).toBe("lost");
  });
});

describe("the log", () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  beforeEach(() => log.mockClear());

  it("tells of each request in one line, without its images and its key", async () => {
    await embed({ "x-request-id": "logged" });
    expect(log).toHaveBeenCalledOnce();
    const line = String(log.mock.calls[0][0]);
    expect(line).not.toContain("\n");
    expect(line).not.toContain(KEY);
    expect(line).not.toContain(png.slice(0, 20));
    expect(JSON.parse(line)).toMatchObject({
      level: "info",
      request: "logged",
      route: "/embed",
      method: "POST",
      status: 200,
      images: 2,
      pairs: 0,
      model: name,
      key: "somebody",
    });
  });

  it("tells of refused requests as well, and of none where it is told not to", async () => {
    await ask("/secret/path?with=query", {}, observed);
    expect(JSON.parse(String(log.mock.calls[0][0]))).toMatchObject({
      route: "unknown",
      status: 401,
    });
    log.mockClear();
    await embed({}, { LOG_REQUESTS: false });
    expect(log).not.toHaveBeenCalled();
  });
});

describe("Workers Analytics Engine", () => {
  it("gets a point a request, where it is bound", async () => {
    const writeDataPoint = vi.fn();
    await embed({}, { ANALYTICS: { writeDataPoint }, LOG_REQUESTS: false });
    expect(writeDataPoint).toHaveBeenCalledExactlyOnceWith({
      indexes: [name],
      blobs: ["/embed", "POST", "200", "somebody"],
      doubles: [expect.any(Number), 2, 0],
    });
  });
});

describe("GET /metrics", () => {
  const quiet = { LOG_REQUESTS: false };

  async function read(): Promise<Map<string, number>> {
    const headers = { authorization: `Bearer ${KEY}` };
    const response = await ask("/metrics", { headers }, { ...observed, ...quiet });
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const lines = (await response.text())
      .split("\n")
      .filter((line) => line && !line.startsWith("#"));
    return new Map(
      lines.map((line) => {
        const [, series, value] = /^(\S+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
        expect(series, line).toBeDefined();
        return [series, Number(value)];
      }),
    );
  }

  it("counts what is done between two readings", async () => {
    await embed({}, quiet);
    const before = await read();
    await embed({}, quiet);
    const embeddings = { embedding: [1, 0, 0, 0, 0, 0] };
    const body = json({ source: embeddings, candidates: [embeddings, embeddings, png] });
    const headers = { "content-type": "application/json", authorization: `Bearer ${KEY}` };
    await ask("/similarity", { ...body, headers }, { ...observed, ...quiet });
    expect((await errorOf(await ask("/no", {}, { ...observed, ...quiet }))).status).toBe(401);
    const after = await read();
    const grown = (series: string) => (after.get(series) ?? 0) - (before.get(series) ?? 0);
    expect(grown('pddm_requests_total{route="/embed",method="POST",status="200"}')).toBe(1);
    expect(grown('pddm_requests_total{route="/similarity",method="POST",status="200"}')).toBe(1);
    expect(grown('pddm_requests_total{route="unknown",method="GET",status="401"}')).toBe(1);
    expect(grown("pddm_images_total")).toBe(3);
    expect(grown("pddm_pairs_total")).toBe(3);
    expect(grown('pddm_request_seconds_count{route="/embed"}')).toBe(1);
    expect(grown('pddm_request_seconds_bucket{route="/embed",le="+Inf"}')).toBe(1);
    expect(after.get("pddm_model_loads_total")).toBeGreaterThan(0);
    const models = [...after.keys()].filter((series) => series.startsWith("pddm_model_bytes{"));
    expect(models.some((series) => series.includes(`model="${name}@`))).toBe(true);
  });

  it("is for holders of keys", async () => {
    expect((await ask("/metrics", {}, observed)).status).toBe(401);
  });
});

describe("models in memory", () => {
  it("are as many as the bytes allow, at least two; the one used last leaves last", async () => {
    const names = ["one", "two", "three", "four"].map((part) => `resident-${part}`);
    for (const [seed, own] of names.entries()) {
      await publish(await tinyPackage({ name: own, seed }));
    }
    const resident = async (MODEL_BYTES: number) => {
      const overrides = { LOG_REQUESTS: false, MODEL_BYTES };
      for (const own of names) await ask(`/info?model=${own}`, {}, overrides);
      const text = await (await ask("/metrics", {}, overrides)).text();
      return names.filter((own) => text.includes(`pddm_model_bytes{model="${own}@`));
    };
    expect(await resident(1)).toEqual(names.slice(2));
    expect(await resident(100_000_000)).toEqual(names);
  });
});

describe("CORS", () => {
  const origin = "https://shop.example.com";
  const preflight = (from: string): RequestInit => ({
    method: "OPTIONS",
    headers: {
      origin: from,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });

  it("is for the origins that are allowed, preflights without a key", async () => {
    const overrides = {
      ...observed,
      LOG_REQUESTS: false,
      CORS_ORIGINS: `${origin}, http://localhost:5173`,
    };
    const allowed = await ask("/embed", preflight(origin), overrides);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe(origin);
    expect(allowed.headers.get("access-control-allow-headers")).toContain("authorization");
    const refused = await ask("/embed", preflight("https://evil.example.com"), overrides);
    expect(refused.headers.get("access-control-allow-origin")).toBeNull();
    const answer = await embed({ origin }, overrides);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    // So that a page can tell its user what was wrong.
    const error = await ask("/embed", { headers: { origin } }, overrides);
    expect(error.status).toBe(401);
    expect(error.headers.get("access-control-allow-origin")).toBe(origin);
  });

  it("is for nobody by default, and for all where that is said", async () => {
    const none = await embed({ origin }, { LOG_REQUESTS: false });
    expect(none.headers.get("access-control-allow-origin")).toBeNull();
    const all = await embed({ origin }, { LOG_REQUESTS: false, CORS_ORIGINS: "*" });
    expect(all.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("takes origins alone", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    for (const CORS_ORIGINS of ["https://shop.example.com/", "shop.example.com", ""]) {
      expect((await ask("/info", {}, { ...observed, CORS_ORIGINS })).status).toBe(500);
      expect(log).toHaveBeenLastCalledWith(expect.stringContaining("CORS_ORIGINS"));
    }
    log.mockRestore();
  });
});

describe("headers of every answer", () => {
  it("keep browsers from guessing, framing and running anything", async () => {
    for (const path of ["/healthz", "/info", "/nothing"]) {
      const { headers } = await ask(path, {}, { DEFAULT_MODEL: name, LOG_REQUESTS: false });
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("server")).toBeNull();
      expect(headers.get("x-powered-by")).toBeNull();
    }
  });
});
