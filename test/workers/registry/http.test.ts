import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { channelKey, manifestKey } from "../../../workers/storage.ts";
import { tinyPackage } from "../tinyPackage.ts";
import {
  answerOf,
  bindings,
  call,
  callWith,
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

describe("the token", () => {
  it.each(requests)("is demanded by %s %s", async (method, path) => {
    for (const authorization of ["", "Bearer wrong", `Basic ${bindings.REGISTRY_TOKEN}`]) {
      const response = await call(path, { method, headers: { authorization } });
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await refusalOf(response)).toMatchObject({ status: 401, code: "unauthorized" });
    }
  });

  it.each(requests)("must be set for %s %s", async (method, path) => {
    for (const REGISTRY_TOKEN of [undefined, "", "\n"]) {
      const refusal = await refusalOf(await callWith({ REGISTRY_TOKEN }, path, { method }));
      expect(refusal).toMatchObject({ status: 403, code: "no_registry_token" });
      expect(refusal.message).toContain("npx wrangler secret put REGISTRY_TOKEN");
    }
  });

  it("refuses before it writes", async () => {
    const body = packageForm(await tinyPackage({ name: "untrusted" }));
    const headers = { authorization: "Bearer wrong" };
    await call("/models/untrusted", { method: "POST", headers, body });
    expect((await MODELS.list({ prefix: "models/untrusted/" })).objects).toEqual([]);
  });

  it("may end with the newline of the pipe that set it", async () => {
    const token = { REGISTRY_TOKEN: `${bindings.REGISTRY_TOKEN}\n` };
    await answerOf(await callWith(token, "/models"));
  });

  it("is not asked for by /healthz", async () => {
    const response = await callWith({ REGISTRY_TOKEN: undefined }, "/healthz", {
      headers: { authorization: "" },
    });
    expect(await answerOf(response)).toEqual({ status: "ok" });
  });
});

describe("a request that no route takes", () => {
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
  ])("by %s to %s is told what is allowed", async (method, path, allowed) => {
    const response = await call(path, { method });
    expect(response.headers.get("allow")).toBe(allowed);
    expect(await refusalOf(response)).toMatchObject({ status: 405, code: "method_not_allowed" });
  });
});

describe.each(["promote", "rollback"])("the JSON of %s", (verb) => {
  const send = (body: string, type: string) =>
    call(`/models/tiny/${verb}`, { method: "POST", headers: { "content-type": type }, body });

  it("must be JSON", async () => {
    const refusal = await refusalOf(await send("{", "application/json"));
    expect(refusal).toMatchObject({ status: 400, code: "malformed_json" });
  });

  it("must come as application/json", async () => {
    const refusal = await refusalOf(await send("{}", "text/plain"));
    expect(refusal).toMatchObject({ status: 415, code: "unsupported_media_type" });
    expect(refusal.message).toContain("application/json, not text/plain");
  });

  it("may say its charset", async () => {
    const { code } = await refusalOf(await send('{"x":1}', "Application/JSON; charset=utf-8"));
    expect(code).toBe("invalid_field");
  });

  it("must be short", async () => {
    const refusal = await refusalOf(await send(" ".repeat(16_385), "application/json"));
    expect(refusal).toMatchObject({ status: 413, code: "body_too_large" });
  });
});

describe("an error that nobody foresaw", () => {
  afterEach(() => vi.restoreAllMocks());

  /** @returns what was logged */
  async function expectInternal(changed: Record<string, unknown>, path: string): Promise<string> {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await refusalOf(await callWith(changed, path))).toEqual({
      status: 500,
      code: "internal",
      message: "the registry failed; its log says why",
      param: null,
    });
    expect(log).toHaveBeenCalledOnce();
    const [line] = log.mock.calls[0] as [string];
    expect(JSON.parse(line)).toMatchObject({ level: "error", method: "GET", path });
    return line;
  }

  it("is logged, and the client is told nothing of it", async () => {
    const failing = { list: () => Promise.reject(new Error("the disk is on fire")) };
    expect(await expectInternal({ MODELS: failing }, "/models")).toContain("the disk is on fire");
  });

  it("may be a variable that is no number", async () => {
    const line = await expectInternal({ MAX_WEIGHTS_BYTES: "lots" }, "/models");
    expect(line).toContain("MAX_WEIGHTS_BYTES");
  });

  it("may be a missing bucket", async () => {
    expect(await expectInternal({ MODELS: undefined }, "/models")).toContain("R2 binding");
  });

  it("may be a broken pointer, which the log names", async () => {
    const [version] = await publishTiny("crooked", [1]);
    const key = channelKey("crooked", "stable");
    await MODELS.put(key, JSON.stringify({ version, history: "none" }));
    expect(await expectInternal({}, "/models/crooked")).toContain(key);
  });

  it("may be a broken manifest, which the log names", async () => {
    const [version] = await publishTiny("torn", [1]);
    const key = manifestKey("torn", version);
    await MODELS.put(key, "{");
    expect(await expectInternal({}, `/models/torn/${version}`)).toContain(key);
  });
});
