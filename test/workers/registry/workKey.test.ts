import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { keyEntry, type Scope } from "../../../workers/http/keys.ts";
import { tinyPackage } from "../tinyPackage.ts";
import { answerOf, call, callWith, KEY, packageForm, publishTiny, refusalOf } from "./client.ts";
import { claimed, DECISION, expireAll, pushTiny, submitted, verb } from "./jobs.ts";

beforeEach(reset);

type Headers = Record<string, string>;

const fenced = (id: string, token: number): Headers => ({
  "x-job": id,
  "x-job-token": String(token),
});

/** Sends a request with a key of these scopes, in this order. */
async function as(scopes: Scope[], path: string, init: RequestInit & { headers?: Headers }) {
  const entries = scopes.map((scope) => keyEntry("gpu-1", scope, KEY));
  return callWith({ API_KEYS: (await Promise.all(entries)).join() }, path, init);
}

const work = (path: string, init: RequestInit & { headers?: Headers } = {}) =>
  as(["work"], path, init);

const publish = async (name: string, headers: Headers) =>
  work(`/models/${name}`, {
    method: "POST",
    headers,
    body: packageForm(await tinyPackage({ name })),
  });

const promotion = (headers: Headers, version: string, channel = "stable") => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify({ version, channel }),
});

const promote = (name: string, ...rest: Parameters<typeof promotion>) =>
  work(`/models/${name}/promote`, promotion(...rest));

/** Everything of models that a key of the scope work may do for a job. */
const deeds = (
  name: string,
  version: string,
): Record<string, (headers: Headers) => Promise<Response>> => ({
  "read the channels": (headers) => work(`/models/${name}`, { headers }),
  "read a manifest": (headers) =>
    work(`/models/${name}/${version}/package/manifest.json`, { headers }),
  "read weights": (headers) =>
    work(`/models/${name}/${version}/package/weights.safetensors`, { headers }),
  publish: (headers) => publish(name, headers),
  promote: (headers) => promote(name, headers, version),
});

/** A job for the model "birds", which a worker has. @returns its id; the token is 1 */
async function begun(fields: object = {}): Promise<string> {
  const { id } = await submitted(await pushTiny(), fields);
  await claimed();
  return id;
}

const stateOf = async (name: string) => answerOf(await call(`/models/${name}`));

describe("a key of the scope work alone", () => {
  it("reads, publishes and promotes the model of a job whose lease it names", async () => {
    const id = await begun();
    const [version] = await publishTiny("birds", [5]);
    for (const [deed, act] of Object.entries(deeds("birds", version))) {
      const { status } = await act(fenced(id, 1));
      expect([200, 201], deed).toContain(status);
    }
    expect(await stateOf("birds")).toMatchObject({
      versions: [expect.anything(), expect.anything()],
      channels: { stable: { version } },
    });
  });

  it("does nothing of models without a lease", async () => {
    const [version] = await publishTiny("birds", [5]);
    const before = await stateOf("birds");
    for (const [deed, act] of Object.entries(deeds("birds", version))) {
      expect(await refusalOf(await act({})), deed).toMatchObject({
        status: 403,
        code: "wrong_scope",
      });
    }
    expect(await stateOf("birds")).toEqual(before);
  });

  it("is refused before its package is read", async () => {
    const refusal = await refusalOf(await work("/models/birds", { method: "POST", body: "?" }));
    expect(refusal).toMatchObject({ status: 403, code: "wrong_scope" });
  });

  it("does nothing of another model than the job's", async () => {
    const id = await begun();
    const [version] = await publishTiny("fish", [5]);
    const before = await stateOf("fish");
    for (const [deed, act] of Object.entries(deeds("fish", version))) {
      const refusal = await refusalOf(await act(fenced(id, 1)));
      expect(refusal, deed).toMatchObject({ status: 403, code: "wrong_scope", param: "name" });
      expect(refusal.message).toContain(`job ${id} makes the model "birds", not "fish"`);
    }
    expect(await stateOf("fish")).toEqual(before);
  });

  it("moves no other channel than the job's", async () => {
    const id = await begun({ channel: "canary" });
    const [version] = await publishTiny("birds", [5]);
    const refusal = await refusalOf(await promote("birds", fenced(id, 1), version, "stable"));
    expect(refusal).toMatchObject({ status: 403, code: "wrong_scope", param: "channel" });
    expect(refusal.message).toContain('is for the channel "canary", not "stable"');
    await answerOf(await promote("birds", fenced(id, 1), version, "canary"));
    expect(await stateOf("birds")).toMatchObject({ channels: { canary: { version } } });
  });

  it("promotes nothing for a job that asks for no promotion", async () => {
    const id = await begun({ promote: "never" });
    const [version] = await publishTiny("birds", [5]);
    const refusal = await refusalOf(await promote("birds", fenced(id, 1), version));
    expect(refusal).toMatchObject({ status: 403, code: "wrong_scope", param: "channel" });
    expect(refusal.message).toContain(`job ${id} promotes nothing`);
    await answerOf(await publish("birds", fenced(id, 1)), 201);
    expect(await stateOf("birds")).toMatchObject({ channels: {} });
  });

  it("does nothing by a lease that has ended, or that another worker has", async () => {
    const id = await begun();
    const [version] = await publishTiny("birds", [5]);
    const before = await stateOf("birds");
    await expireAll();
    await claimed("gpu-2");
    const refused = async (token: number) => {
      for (const [deed, act] of Object.entries(deeds("birds", version))) {
        expect(await refusalOf(await act(fenced(id, token))), deed).toMatchObject({
          status: 409,
          code: "lease_lost",
        });
      }
    };
    // The one before, and one that nobody has had yet.
    for (const token of [1, 3]) await refused(token);
    await verb(id, "complete", { token: 2, decision: DECISION });
    await refused(2);
    expect(await stateOf("birds")).toEqual(before);
  });

  it("does nothing for a job that there is not", async () => {
    const refusal = await refusalOf(await publish("birds", fenced("0123456789ab", 1)));
    expect(refusal).toMatchObject({ status: 404, code: "unknown_job" });
  });

  it.each([
    ["GET", "/models"],
    ["POST", "/models/birds/rollback"],
    ["GET", "/models/birds/0123456789abcdef"],
    ["DELETE", "/models/birds/0123456789abcdef"],
  ])("is refused for %s %s, with a lease too", async (method, path) => {
    const id = await begun();
    const refusal = await refusalOf(await work(path, { method, headers: fenced(id, 1) }));
    expect(refusal).toMatchObject({ status: 403, code: "wrong_scope" });
  });

  it("is named in the log where it changes a model, not where it tells of its job", async () => {
    const id = await begun();
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await publish("birds", fenced(id, 1));
    await work(`/jobs/${id}/heartbeat`, { method: "POST" });
    expect(log.mock.calls).toEqual([
      ['{"level":"info","key":"gpu-1","method":"POST","path":"/models/birds"}'],
    ]);
    log.mockRestore();
  });
});

it.each<Scope[][]>([[["work", "publish"]], [["publish", "work"]]])(
  "a key of the scopes %s publishes without a job",
  async (scopes) => {
    const [version] = await publishTiny("birds", [5]);
    await answerOf(await as(scopes, "/models/birds/promote", promotion({}, version)));
  },
);

it.each<Scope>(["train", "search"])(
  "a key of the scope %s is refused with a lease",
  async (scope) => {
    const id = await begun();
    const [version] = await publishTiny("birds", [5]);
    const init = promotion(fenced(id, 1), version);
    const refusal = await refusalOf(await as([scope], "/models/birds/promote", init));
    expect(refusal).toMatchObject({ status: 403, code: "wrong_scope" });
  },
);
