import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { manifestKey } from "../../../workers/storage/layout.ts";
import { keyEntry } from "../../../workers/http/keys.ts";
import { tinyPackage } from "../tinyPackage.ts";
import {
  answerOf,
  bindings,
  call,
  callWith,
  KEY,
  packageForm,
  publishTiny,
  refusalOf,
} from "./client.ts";

const { MODELS } = bindings;

beforeEach(reset);

const VERSION = "0123456789abcdef";

const requests = [
  ["GET", "/models"],
  ["GET", "/models/tiny"],
  ["GET", `/models/tiny/${VERSION}`],
  ["POST", "/models/tiny"],
  ["POST", "/models/tiny/promote"],
  ["POST", "/models/tiny/rollback"],
  ["DELETE", `/models/tiny/${VERSION}`],
];

describe("a key", () => {
  it.each(requests)("is demanded by %s %s", async (method, path) => {
    for (const authorization of ["", "Bearer wrong", `Basic ${KEY}`]) {
      const response = await call(path, { method, headers: { authorization } });
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await refusalOf(response)).toMatchObject({ status: 401, code: "unauthorized" });
    }
  });

  it.each(requests)("must be configured for %s %s", async (method, path) => {
    const refusal = await refusalOf(await callWith({ API_KEYS: undefined }, path, { method }));
    expect(refusal).toMatchObject({ status: 403, code: "no_api_keys" });
    expect(refusal.message).toContain("npx wrangler secret put API_KEYS");
  });

  it.each(requests)("of the scope embed is refused for %s %s", async (method, path) => {
    const API_KEYS = await keyEntry("reader", "embed", KEY);
    const refusal = await refusalOf(await callWith({ API_KEYS }, path, { method }));
    expect(refusal).toMatchObject({ status: 403, code: "wrong_scope" });
  });

  it("can be rotated: the old one, both, the new one", async () => {
    const entry = (name: string, key: string) => keyEntry(name, "publish", key);
    const old = await entry("old", KEY);
    const next = await entry("next", "another");
    const statusOf = async (API_KEYS: string, key: string) => {
      const headers = { authorization: `Bearer ${key}` };
      return (await callWith({ API_KEYS }, "/models", { headers })).status;
    };
    expect([await statusOf(old, KEY), await statusOf(old, "another")]).toEqual([200, 401]);
    const both = `${old}, ${next}\n`;
    expect([await statusOf(both, KEY), await statusOf(both, "another")]).toEqual([200, 200]);
    expect([await statusOf(next, KEY), await statusOf(next, "another")]).toEqual([401, 200]);
  });

  it("can be REGISTRY_TOKEN in plain text, with or without API_KEYS", async () => {
    const REGISTRY_TOKEN = "plain-token";
    const statusOf = async (changed: Record<string, unknown>, key: string) => {
      const headers = { authorization: `Bearer ${key}` };
      return (await callWith({ REGISTRY_TOKEN, ...changed }, "/models", { headers })).status;
    };
    expect([await statusOf({}, "plain-token"), await statusOf({}, KEY)]).toEqual([200, 200]);
    const alone = { API_KEYS: undefined };
    expect([await statusOf(alone, "plain-token"), await statusOf(alone, KEY)]).toEqual([200, 401]);
  });

  it("is named in the log for a change, not for a read", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await callWith({}, "/models");
    await callWith({}, `/models/tiny/${VERSION}`, { method: "DELETE" });
    expect(log.mock.calls).toEqual([
      [`{"level":"info","key":"tests","method":"DELETE","path":"/models/tiny/${VERSION}"}`],
    ]);
    log.mockRestore();
  });

  it("is checked before anything is written", async () => {
    const body = packageForm(await tinyPackage({ name: "untrusted" }));
    const headers = { authorization: "Bearer wrong" };
    await call("/models/untrusted", { method: "POST", headers, body });
    expect((await MODELS.list({ prefix: "models/untrusted/" })).objects).toEqual([]);
  });

  it("is not demanded by /healthz", async () => {
    const response = await callWith({ API_KEYS: undefined }, "/healthz", {
      headers: { authorization: "" },
    });
    expect(await answerOf(response)).toEqual({ status: "ok" });
  });
});

describe("every answer", () => {
  it.each([
    ["/healthz", 200],
    ["/models", 200],
    ["/nothing", 404],
  ])("of %s has the request's id and the security headers", async (path, status) => {
    const response = await call(path, { headers: { "x-request-id": "deploy-7" } });
    expect(response.status).toBe(status);
    expect(response.headers.get("x-request-id")).toBe("deploy-7");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none';/);
  });

  it("has a new id if the client's is invalid", async () => {
    const idOf = async () =>
      (await call("/healthz", { headers: { "x-request-id": 'a"b' } })).headers.get("x-request-id");
    const ids = [await idOf(), await idOf()];
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe("a request without a route", () => {
  it.each(["/", "/model", "/models/a/b/c", "/healthz/x"])("to %s is not found", async (path) => {
    const refusal = await refusalOf(await call(path));
    expect(refusal).toMatchObject({ status: 404, code: "not_found" });
    expect(refusal.message).toContain(path);
  });

  it.each([
    ["POST", "/healthz", "GET"],
    ["POST", "/models", "GET"],
    ["DELETE", "/models/tiny", "GET, POST"],
    ["GET", "/models/tiny/promote", "POST"],
    ["DELETE", "/models/tiny/rollback", "POST"],
    ["PUT", `/models/tiny/${VERSION}`, "GET, DELETE"],
  ])("%s %s learns the allowed methods", async (method, path, allowed) => {
    const response = await call(path, { method });
    expect(response.headers.get("allow")).toBe(allowed);
    expect(await refusalOf(response)).toMatchObject({ status: 405, code: "method_not_allowed" });
  });
});

describe.each(["promote", "rollback"])("the body of %s", (verb) => {
  const send = (body: string, type: string) =>
    call(`/models/tiny/${verb}`, { method: "POST", headers: { "content-type": type }, body });

  it("must be JSON", async () => {
    const refusal = await refusalOf(await send("{", "application/json"));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_json" });
  });

  it("must have the type application/json", async () => {
    const refusal = await refusalOf(await send("{}", "text/plain"));
    expect(refusal).toMatchObject({ status: 415, code: "unsupported_media_type" });
    expect(refusal.message).toContain('"text/plain" is not application/json');
  });

  it("may name its charset", async () => {
    const { code } = await refusalOf(await send('{"x":1}', "Application/JSON; charset=utf-8"));
    expect(code).toBe("invalid_request");
  });

  it("must be short", async () => {
    const refusal = await refusalOf(await send(" ".repeat(16_385), "application/json"));
    expect(refusal).toMatchObject({ status: 413, code: "body_too_large" });
  });
});

describe("an unexpected error", () => {
  afterEach(() => vi.restoreAllMocks());

  /** @returns what was logged */
  async function expectInternal(
    changed: Record<string, unknown>,
    path: string,
    method = "GET",
  ): Promise<string> {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await refusalOf(await callWith(changed, path, { method }))).toEqual({
      status: 500,
      code: "internal_error",
      message: "the Worker failed; its log says why",
      param: null,
    });
    expect(log).toHaveBeenCalledOnce();
    const [line] = log.mock.calls[0] as [string];
    expect(JSON.parse(line)).toMatchObject({
      level: "error",
      request_id: expect.any(String) as string,
      method,
      path,
    });
    return line;
  }

  it("is logged and hidden from the client", async () => {
    const failing = { list: () => Promise.reject(new Error("the disk is on fire")) };
    expect(await expectInternal({ MODELS: failing }, "/models")).toContain("the disk is on fire");
  });

  it("can be a variable that is not a number", async () => {
    const line = await expectInternal({ MAX_WEIGHTS_BYTES: "lots" }, "/models");
    expect(line).toContain("MAX_WEIGHTS_BYTES");
  });

  it("can be an invalid secret, which the log does not show", async () => {
    const line = await expectInternal({ API_KEYS: "a-key-in-plain-text" }, "/models");
    expect(line).toContain("entry 1: it is not <name>:<scope>:<SHA-256>");
    expect(line).not.toContain("plain-text");
  });

  it("can be a missing bucket", async () => {
    expect(await expectInternal({ MODELS: undefined }, "/models")).toContain("R2 binding");
  });

  it("can be a broken manifest, which the log names", async () => {
    const [version] = await publishTiny("torn", [1]);
    const key = manifestKey("torn", version);
    await MODELS.put(key, "{");
    expect(await expectInternal({}, `/models/torn/${version}`)).toContain(key);
  });
});
