import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../shared/package/digest.ts";
import { tinyPackage } from "../tinyPackage.ts";
import {
  answerOf,
  bindings,
  call,
  callWith,
  cut,
  packageForm,
  post,
  publishTiny,
  refusalOf,
} from "./client.ts";
import {
  begun,
  keptOfJobs,
  beat,
  checkpointPath,
  claim,
  claimed,
  DECISION,
  ERROR,
  expireAll,
  jobNow,
  verb,
} from "./jobs.ts";

const { MODELS } = bindings;

beforeEach(reset);

const put = async (id: string, token: number, step: number, text: string) =>
  call(await checkpointPath(id, token, step, text), { method: "PUT", body: text });

const get = (id: string, token: number) => call(`/jobs/${id}/checkpoint?token=${token}`);

describe("a checkpoint", () => {
  it("replaces the one before, and is there for the next worker", async () => {
    const id = await begun();
    expect(await refusalOf(await get(id, 1))).toMatchObject({ status: 404, code: "no_checkpoint" });
    expect(await answerOf(await put(id, 1, 10, "ten"))).toEqual({ step: 10, bytes: 3 });
    await answerOf(await put(id, 1, 20, "twenty"));
    await answerOf(await put(id, 1, 20, "again twenty"));
    expect(await keptOfJobs()).toEqual([expect.stringContaining(`jobs/${id}/checkpoints/1-20-`)]);
    expect((await jobNow(id)).checkpointStep).toBe(20);
    await expireAll();
    expect(await claimed("gpu-2")).toMatchObject({ token: 2, job: { checkpointStep: 20 } });
    const read = await get(id, 2);
    expect(read.headers.get("content-length")).toBe("12");
    expect(read.headers.get("x-sha256")).toBe(await sha256("again twenty"));
    expect(await read.text()).toBe("again twenty");
    expect(await refusalOf(await get(id, 1))).toMatchObject({ code: "lease_lost" });
  });

  it("is not kept if the lease is lost while it is uploaded", async () => {
    const id = await begun();
    await put(id, 1, 10, "ten");
    const before = await keptOfJobs();
    const overtaken = new Proxy(MODELS, {
      get(bucket, name) {
        const value: unknown = Reflect.get(bucket, name);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]): Promise<unknown> => {
          const result = (await Reflect.apply(value, bucket, args)) as unknown;
          if (name === "put") {
            expect(await keptOfJobs()).toHaveLength(2);
            await expireAll();
            await claimed("gpu-2");
          }
          return result;
        };
      },
    });
    const init = { method: "PUT", body: "late", headers: { "content-length": "4" } };
    const path = await checkpointPath(id, 1, 11, "late");
    const refusal = await refusalOf(await callWith({ MODELS: overtaken }, path, init));
    expect(refusal).toMatchObject({ status: 409, code: "lease_lost" });
    expect(await keptOfJobs()).toEqual(before);
    expect(await (await get(id, 2)).text()).toBe("ten");
  });

  it("of which only a part arrives is refused, and the one before stays", async () => {
    const id = await begun();
    await put(id, 1, 10, "ten");
    const before = await keptOfJobs();
    const body = cut(Uint8Array.of(1, 2));
    const init = { method: "PUT", body, headers: { "content-length": "5" } };
    const path = await checkpointPath(id, 1, 11, "whole");
    const refusal = await refusalOf(await callWith({}, path, init));
    expect(refusal).toMatchObject({ status: 400, code: "incomplete_body" });
    expect(await keptOfJobs()).toEqual(before);
    expect(await (await get(id, 1)).text()).toBe("ten");
  });

  it.each([
    ["complete", { decision: DECISION }],
    ["fail", { error: ERROR, retry: false }],
  ] as const)("is deleted when the job is finished by %s", async (name, body) => {
    const id = await begun();
    await put(id, 1, 10, "ten");
    await answerOf(await verb(id, name, { token: 1, ...body }));
    expect((await jobNow(id)).checkpointStep).toBeNull();
    await expect.poll(keptOfJobs).toEqual([]);
  });

  it("is kept for another try", async () => {
    const id = await begun();
    await put(id, 1, 10, "ten");
    await verb(id, "fail", { token: 1, error: ERROR, retry: true });
    expect(await claimed("gpu-2")).toMatchObject({ job: { checkpointStep: 10 } });
    expect(await (await get(id, 2)).text()).toBe("ten");
  });

  it("that is not what its sender says is refused, and the one before stays", async () => {
    const id = await begun();
    await put(id, 1, 10, "ten");
    const before = await keptOfJobs();
    const path = await checkpointPath(id, 1, 20, "twenty");
    const refusal = await refusalOf(await call(path, { method: "PUT", body: "twen" }));
    expect(refusal).toMatchObject({ status: 422, code: "digest_mismatch", param: "sha256" });
    expect(await keptOfJobs()).toEqual(before);
    expect((await jobNow(id)).checkpointStep).toBe(10);
    expect(await (await get(id, 1)).text()).toBe("ten");
  });

  it("renews the lease", async () => {
    const id = await begun();
    await expireAll();
    await put(id, 1, 10, "ten");
    expect((await claim("gpu-2")).status).toBe(204);
  });

  it.each([
    ["", "token"],
    ["?token=1", "step"],
    ["?token=0&step=1", "token"],
    ["?token=1&step=-1", "step"],
    ["?token=1&step=1", "sha256"],
    [`?token=1&step=1&sha256=${"0".repeat(64)}&x=1`, "x"],
  ])("with the query %j is refused", async (query, param) => {
    const path = `/jobs/0123456789ab/checkpoint${query}`;
    const refusal = await refusalOf(await call(path, { method: "PUT", body: "x" }));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_request", param });
  });

  it("of more than 512 MB is refused", async () => {
    const id = await begun();
    const init = { method: "PUT", body: "x", headers: { "content-length": "512000001" } };
    const path = await checkpointPath(id, 1, 1, "x");
    expect(await refusalOf(await callWith({}, path, init))).toMatchObject({
      status: 413,
      code: "body_too_large",
    });
  });
});

describe("a publication for a job", () => {
  const fenced = (id: string, token: number) => ({ "x-job": id, "x-job-token": String(token) });

  const publish = async (headers: Record<string, string>) =>
    call("/models/tiny", { method: "POST", headers, body: packageForm(await tinyPackage()) });

  const promote = (version: string, headers: Record<string, string>) =>
    call("/models/tiny/promote", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ version }),
    });

  it("is for the worker that has it", async () => {
    const id = await begun();
    await beat(id, 1, { publishing: true });
    const { version } = (await answerOf(await publish(fenced(id, 1)), 201)) as { version: string };
    await answerOf(await promote(version, fenced(id, 1)));
  });

  it("is refused for a worker that has lost it", async () => {
    const id = await begun();
    const [version] = await publishTiny("tiny", [5]);
    await beat(id, 1, { publishing: true });
    await expireAll();
    await claimed("gpu-2");
    for (const token of [1, 3]) {
      expect(await refusalOf(await publish(fenced(id, token)))).toMatchObject({
        status: 409,
        code: "lease_lost",
      });
      expect(await refusalOf(await promote(version, fenced(id, token)))).toMatchObject({
        status: 409,
        code: "lease_lost",
      });
    }
    expect(await answerOf(await call("/models/tiny"))).toMatchObject({
      versions: [{ version }],
      channels: {},
    });
    await answerOf(await publish(fenced(id, 2)), 201);
    await answerOf(await promote(version, fenced(id, 2)));
    await verb(id, "complete", { token: 2, decision: DECISION });
    expect(await refusalOf(await promote(version, fenced(id, 2)))).toMatchObject({
      code: "lease_lost",
    });
  });

  it.each<[Record<string, string>, string]>([
    [{ "x-job": "0123456789ab" }, "x-job"],
    [{ "x-job-token": "1" }, "x-job"],
    [{ "x-job": "x", "x-job-token": "1" }, "x-job"],
    [{ "x-job": "0123456789ab", "x-job-token": "x" }, "x-job-token"],
  ])("with the headers %j is refused", async (headers, param) => {
    const refusal = await refusalOf(await publish(headers));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_request", param });
  });

  it("of an unknown job is refused", async () => {
    expect(await refusalOf(await publish(fenced("0123456789ab", 1)))).toMatchObject({
      status: 404,
      code: "unknown_job",
    });
  });

  it("needs no job", async () => {
    const [version] = await publishTiny("tiny", [1]);
    await answerOf(await post("/models/tiny/promote", { version }));
  });
});
