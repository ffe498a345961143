import { beforeAll, describe, expect, it, vi } from "vitest";
import { keyEntry } from "../../../../workers/http/keys.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, json, type Overrides, promote, publish, upload } from "../ask.ts";
import { fixtures } from "../fixtures.ts";

const origin = "https://shop.example";
const tiny = { DEFAULT_MODEL: "fresh", CORS_ORIGINS: origin, REFRESH_SECONDS: 0 };

beforeAll(async () => {
  await publish(await tinyPackage({ name: "fresh" }));
});

/** The tag of what there is now. */
async function tagOf(path: string, overrides: Overrides = tiny): Promise<string> {
  const tag = (await ask(path, {}, overrides)).headers.get("etag");
  expect(tag).toMatch(/^(W\/)?"[^"]+"$/);
  return tag ?? "";
}

const ifNoneMatch = (tag: string) => ({ headers: { "if-none-match": tag } });
const cacheControl = (response: Response) => response.headers.get("cache-control");

describe("no cache may keep", () => {
  const embed = json({ inputs: fixtures.png });
  it.each<[string, RequestInit, number]>([
    ["/embed", embed, 200],
    ["/embed", json({}), 400],
    ["/similarity", json({ source: fixtures.png, candidates: [fixtures.png] }), 200],
    ["/rerank", json({ query: fixtures.png, candidates: [fixtures.png] }), 200],
    ["/v1/embeddings", json({ model: "default", input: fixtures.png }), 200],
    ["/healthz", {}, 200],
    ["/readyz", {}, 200],
    ["/metrics", {}, 200],
    ["/info?model=nowhere", {}, 404],
    ["/info", { method: "POST" }, 405],
    ["/nothing", {}, 404],
  ])("%s, %j: %i", async (path, init, status) => {
    const response = await ask(path, init, tiny);
    expect(response.status).toBe(status);
    expect(cacheControl(response)).toBe("no-store");
    expect(response.headers.get("etag")).toBeNull();
  });

  it("the error of a Worker with invalid variables", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const response = await ask("/info", {}, { ...tiny, MAX_BATCH: "many" });
    expect([response.status, cacheControl(response)]).toEqual([500, "no-store"]);
    log.mockRestore();
  });
});

const KEPT = [
  ["/info", "private, no-cache"],
  ["/openapi.json", "public, no-cache"],
  ["/", "public, max-age=0, must-revalidate"],
  ["/docs/", "public, max-age=0, must-revalidate"],
  ["/docs/swagger-ui.css", "public, max-age=0, must-revalidate"],
];

describe.each(KEPT)("a copy of %s", (path, control) => {
  it("may be kept and must be revalidated: 304 if it is current", async () => {
    const tag = await tagOf(path);
    expect(cacheControl(await ask(path, {}, tiny))).toBe(control);
    const strong = tag.replace("W/", "");
    for (const known of [strong, `W/${strong}`]) {
      const response = await ask(path, ifNoneMatch(known), tiny);
      expect(response.status, known).toBe(304);
      expect(await response.text()).toBe("");
      expect(response.headers.get("etag")).toBe(tag);
      expect(cacheControl(response)).toBe(control);
    }
  });

  it("is revalidated by HEAD, too", async () => {
    const response = await ask(path, { method: "HEAD" }, tiny);
    expect(response.headers.get("etag")).toBe(await tagOf(path));
  });

  it("is sent again if it is out of date", async () => {
    const response = await ask(path, ifNoneMatch('W/"other"'), tiny);
    expect(response.status).toBe(200);
    expect((await response.text()).length).toBeGreaterThan(0);
  });

  it("keeps its request id, security headers and CORS headers", async () => {
    const full = await ask(path, { headers: { origin } }, tiny);
    const headers = { origin, "if-none-match": await tagOf(path), "x-request-id": "a-request" };
    const response = await ask(path, { headers }, tiny);
    expect(response.status).toBe(304);
    expect(response.headers.get("x-request-id")).toBe("a-request");
    for (const name of [
      "access-control-allow-origin",
      "access-control-expose-headers",
      "vary",
      "content-security-policy",
      "referrer-policy",
      "x-content-type-options",
      "x-frame-options",
    ]) {
      expect(full.headers.get(name), name).not.toBeNull();
      expect(response.headers.get(name), name).toBe(full.headers.get(name));
    }
  });
});

describe("a copy of /info", () => {
  it("may be one of several ETags, or any", async () => {
    for (const known of [`"other", ${await tagOf("/info")}`, "*"]) {
      expect((await ask("/info", ifNoneMatch(known), tiny)).status, known).toBe(304);
    }
  });

  it("is out of date when another version is promoted", async () => {
    const tag = await tagOf("/info");
    await promote(await upload(await tinyPackage({ name: "fresh", seed: 2 })));
    await ask("/info", {}, tiny);
    expect((await ask("/info", ifNoneMatch(tag), tiny)).status).toBe(200);
    expect(await tagOf("/info")).not.toBe(tag);
  });

  it("is not revalidated without a key", async () => {
    const API_KEYS = await keyEntry("tests", "embed", "a-key");
    const tag = await tagOf("/info");
    const response = await ask("/info", ifNoneMatch(tag), { ...tiny, API_KEYS });
    expect([response.status, cacheControl(response)]).toEqual([401, "no-store"]);
  });
});
