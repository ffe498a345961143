import { beforeAll, describe, expect, it, vi } from "vitest";
import { keyEntry } from "../../../../workers/http/keys.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, errorOf, json, publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";

const tiny = { DEFAULT_MODEL: "access" };
const API_KEYS = await keyEntry("tests", "embed", "a-key");
const origin = "https://shop.example";

beforeAll(async () => {
  await publish(await tinyPackage({ name: "access" }));
});

describe("API_KEYS", () => {
  const keys = { ...tiny, API_KEYS };

  it.each(["/rerank", "/v1/embeddings", "/metrics"])("guard %s", async (path) => {
    const init = path === "/metrics" ? {} : json({});
    expect(await errorOf(await ask(path, init, keys))).toMatchObject({ status: 401 });
  });

  it.each(["/openapi.json", "/docs/", "/docs/swagger-ui.css"])("leave %s public", async (path) => {
    expect((await ask(path, {}, keys)).status).toBe(200);
    expect((await ask(path, { method: "HEAD" }, keys)).status).toBe(200);
  });
});

describe("every answer", () => {
  it.each([
    ["/healthz", {}],
    ["/info", {}],
    ["/nothing", {}],
    ["/embed", { method: "PUT" }],
    ["/docs/", {}],
    ["/docs/swagger-ui-bundle.js", {}],
  ])("of %s is safe in a browser", async (path, init) => {
    const { headers } = await ask(path, init, tiny);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none';.* ?frame-ancestors 'none'$/,
    );
    for (const name of ["server", "x-powered-by"]) expect(headers.get(name)).toBeNull();
  });

  it("to an unexpected error hides the cause", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const response = await ask("/info", {}, { ...tiny, DECODE_BYTES: "secret" });
    expect(await response.text()).not.toMatch(/secret|DECODE_BYTES|\.ts|at /);
    log.mockRestore();
  });
});

describe("CORS_ORIGINS", () => {
  const allowed = { ...tiny, CORS_ORIGINS: `https://other.example, ${origin}`, API_KEYS };
  const preflight = (from: string, overrides: object) =>
    ask(
      "/embed",
      {
        method: "OPTIONS",
        headers: { origin: from, "access-control-request-method": "POST" },
      },
      { ...overrides },
    );
  const allowedOrigin = (response: Response) => response.headers.get("access-control-allow-origin");

  it("admits pages of its origins, even without a key", async () => {
    const response = await preflight(origin, allowed);
    expect(response.status).toBe(204);
    expect(allowedOrigin(response)).toBe(origin);
    expect(response.headers.get("access-control-allow-headers")).toContain("Authorization");
    expect(response.headers.get("vary")).toContain("Origin");
    const headers = { origin, authorization: "Bearer a-key", "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify({ inputs: fixtures.png }) };
    const answer = await ask("/embed", init, allowed);
    expect(answer.status).toBe(200);
    expect(allowedOrigin(answer)).toBe(origin);
    expect(answer.headers.get("access-control-expose-headers")).toContain("X-Request-Id");
  });

  it("lets those pages read errors, too", async () => {
    const refused = await ask("/info", { headers: { origin } }, allowed);
    expect(refused.status).toBe(401);
    expect(allowedOrigin(refused)).toBe(origin);
  });

  it("admits no other pages", async () => {
    expect(allowedOrigin(await preflight("https://evil.example", allowed))).toBeNull();
    const headers = { origin: "https://evil.example", authorization: "Bearer a-key" };
    expect(allowedOrigin(await ask("/info", { headers }, allowed))).toBeNull();
  });

  it("admits all pages if it is *, and none if it is not set", async () => {
    expect(allowedOrigin(await preflight(origin, { ...tiny, CORS_ORIGINS: "*" }))).toBe("*");
    const refused = await preflight(origin, tiny);
    expect(allowedOrigin(refused)).toBeNull();
    expect(await errorOf(refused)).toMatchObject({ status: 405 });
  });

  it.each(["shop.example", "https://shop.example/", "https://a b", ""])(
    "does not take %j",
    async (CORS_ORIGINS) => {
      const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
      const response = await ask("/info", {}, { ...tiny, CORS_ORIGINS });
      expect(await errorOf(response)).toMatchObject({ status: 500 });
      expect(log).toHaveBeenCalledWith(expect.stringContaining("CORS_ORIGINS"));
      log.mockRestore();
    },
  );
});
