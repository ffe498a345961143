import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createClient } from "../../../../workers/client/index.ts";
import { keyEntry } from "../../../../workers/http/keys.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, errorOf, json, type Overrides, publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";

const LIMIT = 3;
const PERIOD_MS = 10_000;
const CORS_ORIGINS = "https://shop.example";
const limited = {
  DEFAULT_MODEL: "limited",
  RATE_LIMITER: env.THREE_IN_TEN_SECONDS,
  CORS_ORIGINS,
};
let keys: Overrides;
let period = 0;

beforeAll(async () => {
  await publish(await tinyPackage({ name: "limited" }));
  const entries = [
    await keyEntry("a", "embed", "key-a"),
    await keyEntry("a-other", "embed", "key-b"),
    await keyEntry("ci", "publish", "key-ci"),
  ];
  keys = { ...limited, API_KEYS: entries.join() };
});
// The limiter counts by the same clock: each test begins a period of its own.
beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) + PERIOD_MS * ++period, toFake: ["Date"] });
});
afterEach(() => vi.useRealTimers());

const as = (key: string, init: RequestInit = {}): RequestInit => ({
  ...init,
  headers: { ...init.headers, authorization: `Bearer ${key}` },
});
const from = (address: string): RequestInit => ({ headers: { "cf-connecting-ip": address } });

/** Asks so often that the next request is one too many. */
async function exhaust(init: RequestInit, overrides: Overrides): Promise<void> {
  for (let i = 0; i < LIMIT; i++) expect((await ask("/info", init, overrides)).status).toBe(200);
}

describe("a client that sends too many requests", () => {
  it("is refused until Retry-After", async () => {
    await exhaust(as("key-a"), keys);
    const init = as("key-a", json({ inputs: fixtures.png }));
    const response = await ask("/embed", init, keys);
    expect(response.headers.get("retry-after")).toBe("10");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await errorOf(response)).toEqual({
      status: 429,
      code: "rate_limited",
      message: "this key sends too many requests: try again after Retry-After",
      param: null,
    });
    vi.setSystemTime(Date.now() + PERIOD_MS);
    expect((await ask("/embed", init, keys)).status).toBe(200);
  });

  it("is recognized by the name of its key at any address", async () => {
    for (let i = 0; i < LIMIT; i++) {
      await ask("/info", as("key-a", from(`2001:db8::${i}`)), keys);
    }
    expect((await ask("/info", as("key-a", from("2001:db8::9")), keys)).status).toBe(429);
    expect((await ask("/info", as("key-b"), keys)).status).toBe(200);
  });

  it("is recognized by its address if there are no keys", async () => {
    await exhaust(from("2001:db8::1"), limited);
    const refused = await errorOf(await ask("/info", from("2001:db8::1"), limited));
    expect(refused).toMatchObject({ status: 429, message: /^this address asks/ });
    expect((await ask("/info", from("2001:db8::2"), limited)).status).toBe(200);
  });

  it("can read the error in a page", async () => {
    await exhaust(as("key-a"), keys);
    const init = as("key-a", { headers: { origin: CORS_ORIGINS } });
    const { status, headers } = await ask("/info", init, keys);
    expect(status).toBe(429);
    expect(headers.get("access-control-allow-origin")).toBe(CORS_ORIGINS);
    expect(headers.get("access-control-expose-headers")).toContain("Retry-After");
  });
});

describe("the limit does not count", () => {
  it("a request with a wrong key", async () => {
    for (let i = 0; i < LIMIT; i++) {
      expect((await ask("/info", as("key-wrong"), keys)).status).toBe(401);
      expect((await ask("/info", as("key-ci"), keys)).status).toBe(403);
    }
    await exhaust(as("key-a"), keys);
  });

  it("a request for a public route", async () => {
    for (const path of ["/healthz", "/readyz", "/openapi.json", "/"]) {
      for (let i = 0; i <= LIMIT; i++) {
        expect((await ask(path, from("2001:db8::3"), limited)).status, path).toBe(200);
      }
    }
  });

  it("any request if no limiter is bound", async () => {
    const unlimited = { ...limited, RATE_LIMITER: undefined };
    await exhaust(from("2001:db8::4"), unlimited);
    await exhaust(from("2001:db8::4"), unlimited);
  });
});

it("a limiter that fails admits every request and is logged", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const RATE_LIMITER = { limit: () => Promise.reject(new Error("the limiter is away")) };
  expect((await ask("/info", as("key-a"), { ...keys, RATE_LIMITER })).status).toBe(200);
  expect(log).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("the limiter is away"));
  log.mockRestore();
});

it("the client waits until Retry-After", async () => {
  vi.useFakeTimers({ now: Date.now(), toFake: ["Date", "setTimeout", "clearTimeout"] });
  const statuses: number[] = [];
  vi.stubGlobal("fetch", async (input: string, init: RequestInit) => {
    const response = await ask(input, init, keys);
    statuses.push(response.status);
    return response;
  });
  const client = createClient("http://api.test", { key: "key-a" });
  await exhaust(as("key-a"), keys);
  const started = Date.now();
  const answer = client.embed.$post({ json: { inputs: fixtures.png } });
  await vi.waitUntil(() => vi.getTimerCount() > 0);
  await vi.advanceTimersByTimeAsync(PERIOD_MS);
  expect((await answer).status).toBe(200);
  expect(statuses).toEqual([429, 200]);
  expect(Date.now() - started).toBeLessThan(2 * PERIOD_MS);
  vi.unstubAllGlobals();
});
