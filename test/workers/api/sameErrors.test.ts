import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keyEntry } from "../../../workers/http/keys.ts";
import registry from "../../../workers/registry/index.ts";
import { ask, errorOf, type Overrides } from "./ask.ts";

/** The two Workers refuse the same faults with the same status and the same code. */

const KEY = "a-key";
const keys = [await keyEntry("tests", "embed", KEY), await keyEntry("tests", "publish", KEY)];
const entries = { API_KEYS: keys.join(), OPEN_TO_ALL: false };
/** Of the registry, whose other bindings these requests do not reach. */
const registryOnly = { JOBS: env.SHARDS, DATASETS: env.SHARDS, LEASE_SECONDS: 60 };
const limits = { MAX_BODY_BYTES: 30_000, MAX_MANIFEST_BYTES: 1_000, MAX_WEIGHTS_BYTES: 1_000 };

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

/** A request to a route of each Worker that takes a JSON body and a form. */
interface Fault {
  /** Paths in the API and in the registry. */
  paths: [string, string];
  init?: RequestInit & { headers?: Record<string, string> };
  changed?: Overrides;
}

const json: [string, string] = ["/similarity", "/models/tiny/promote"];
const form: [string, string] = ["/embed", "/models/tiny"];
const post = (type: string, body: string) => ({
  method: "POST",
  headers: { "content-type": type },
  body,
});

const faults: [status: number, code: string, Fault][] = [
  [403, "no_api_keys", { paths: ["/info", "/models"], changed: { API_KEYS: undefined } }],
  [401, "unauthorized", { paths: ["/info", "/models"], init: { headers: { authorization: "" } } }],
  [
    403,
    "wrong_scope",
    {
      paths: ["/info", "/models"],
      init: { headers: { authorization: "Bearer other" } },
      changed: { API_KEYS: undefined },
    },
  ],
  [404, "not_found", { paths: ["/nothing", "/nothing"] }],
  [405, "method_not_allowed", { paths: ["/info", "/models"], init: { method: "PUT" } }],
  [400, "invalid_json", { paths: json, init: post("application/json", "{") }],
  [400, "invalid_request", { paths: json, init: post("application/json", '{"wrong": 1}') }],
  [415, "unsupported_media_type", { paths: json, init: post("text/plain", "{}") }],
  [415, "unsupported_media_type", { paths: form, init: post("text/plain", "{}") }],
  [400, "invalid_form", { paths: form, init: post("multipart/form-data; boundary=x", "none") }],
  [
    413,
    "body_too_large",
    { paths: form, init: post("multipart/form-data; boundary=x", "x".repeat(40_000)) },
  ],
  [
    404,
    "unknown_model",
    { paths: ["/info?model=nobody", "/models/nobody"], changed: { DEFAULT_MODEL: "tiny" } },
  ],
  [500, "internal_error", { paths: ["/info", "/models"], changed: { MODELS: undefined } }],
];

it.each(faults)("%i %s", async (status, code, { paths, init, changed }) => {
  const headers = { authorization: `Bearer ${KEY}`, ...init?.headers };
  const bindings = { ...entries, ...limits, ...changed };
  const foreign = async (scope: "embed" | "publish") =>
    code === "wrong_scope" ? { API_KEYS: await keyEntry("other", scope, "other") } : {};
  const answers = [
    await ask(paths[0], { ...init, headers }, { ...bindings, ...(await foreign("publish")) }),
    await registry.fetch(
      new Request(new URL(paths[1], "http://registry.test"), { ...init, headers }),
      { ...env, ...registryOnly, ...bindings, ...(await foreign("embed")) },
    ),
  ];
  for (const answer of answers) expect(await errorOf(answer)).toMatchObject({ status, code });
});
