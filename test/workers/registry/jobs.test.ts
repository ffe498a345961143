import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import { jobSchema } from "../../../shared/jobs/job.ts";
import { keyEntry } from "../../../workers/http/keys.ts";
import { answerOf, bearer, call, callWith, KEY, post, refusalOf } from "./client.ts";
import { pushed, tinyDataset } from "./dataset.ts";
import {
  beat,
  checkpointPath,
  claim,
  claimed,
  DECISION,
  ERROR,
  expireAll,
  jobNow,
  pushTiny,
  requestOf,
  submitted,
  verb,
} from "./jobs.ts";

beforeEach(reset);

const ID = "0123456789ab";
const cancel = (id: string) => call(`/jobs/${id}`, { method: "DELETE" });

describe("POST /jobs", () => {
  it("queues a job, with defaults", async () => {
    const version = await pushTiny();
    const job = await submitted(version);
    expect(job).toEqual({
      ...requestOf(version),
      ...{ promote: "if-better", channel: "stable", requirements: {}, group: null },
      ...{ id: job.id, state: "queued", attempts: 0, worker: null, progress: null },
      ...{ checkpointStep: null, artifacts: [], decision: null, error: null },
      ...{ created: job.created, updated: job.updated },
    });
    expect(await jobNow(job.id)).toEqual(job);
  });

  it("refuses a version that is not there", async () => {
    const refusal = await refusalOf(await post("/jobs", requestOf("0123456789abcdef")));
    expect(refusal).toMatchObject({ status: 404, code: "unknown_dataset", param: "dataset" });
  });

  const deep: unknown[] = [];
  let inner = deep;
  for (let depth = 0; depth < 40; depth++) inner.push((inner = []));

  it.each([
    [{}, 400, "invalid_request", "dataset"],
    [requestOf("x"), 400, "invalid_request", "dataset.version"],
    [requestOf("0123456789abcdef", { channel: "Stable" }), 400, "invalid_request", "channel"],
    [requestOf("0123456789abcdef", { more: 1 }), 400, "invalid_request", "more"],
    [
      requestOf("0123456789abcdef", { config: { text: "x".repeat(65_526) } }),
      413,
      "part_too_large",
      "config",
    ],
    [
      requestOf("0123456789abcdef", { config: { text: "x".repeat(82_000) } }),
      413,
      "body_too_large",
      null,
    ],
    [requestOf("0123456789abcdef", { config: { deep } }), 400, "invalid_request", null],
  ])("refuses a request with a fault (%#)", async (body, status, code, param) => {
    expect(await refusalOf(await post("/jobs", body))).toMatchObject({ status, code, param });
  });

  it("queues no second job of a key, unless the first has come to nothing", async () => {
    const version = await pushTiny();
    const submit = async (status: number, key: string, fields: object = {}) => {
      const answer = await post("/jobs", requestOf(version, { key, ...fields }));
      return jobSchema.parse(await answerOf(answer, status)).id;
    };
    const first = await submit(201, "a");
    // Others that come at the same time, or with other wishes.
    expect(await Promise.all([submit(200, "a"), submit(200, "a", { model: "dogs" })])).toEqual([
      ...[first, first],
    ]);
    const other = await submit(201, "b");
    expect(other).not.toBe(first);
    expect(await submitted(version)).not.toHaveProperty("key");
    await claimed();
    expect(await submit(200, "a")).toBe(first);
    await cancel(first);
    // It is still running, but will not be done.
    const second = await submit(201, "a");
    expect(second).not.toBe(first);
    expect(await submit(200, "a")).toBe(second);
    await claimed();
    await verb(other, "fail", { token: 1, error: ERROR, retry: false });
    expect(await submit(201, "b")).not.toBe(other);
    await claimed();
    await claimed();
    await verb(second, "complete", { token: 1, decision: DECISION });
    expect(await submit(200, "a")).toBe(second);
  });

  it("takes a configuration of 64 KB", async () => {
    const version = await pushTiny();
    const config = { text: "x".repeat(65_536 - '{"text":""}'.length) };
    expect((await submitted(version, { config })).config).toEqual(config);
  });
});

describe("GET /jobs", () => {
  it("lists the newest first, in pages, of a state or a group", async () => {
    const version = await pushTiny();
    const ids: string[] = [];
    for (const group of ["a", "b", "a", null, "a"]) {
      ids.unshift((await submitted(version, { group })).id);
    }
    const list = async (query: string) => {
      const answer = (await answerOf(await call(`/jobs${query}`))) as {
        jobs: { id: string }[];
        next: string | null;
      };
      return { ids: answer.jobs.map(({ id }) => id), next: answer.next };
    };
    expect(await list("")).toEqual({ ids, next: null });
    expect(await list("?limit=2")).toEqual({ ids: ids.slice(0, 2), next: ids[1] });
    expect(await list(`?limit=2&after=${ids[1]}`)).toEqual({ ids: ids.slice(2, 4), next: ids[3] });
    expect(await list(`?limit=2&after=${ids[3]}`)).toEqual({ ids: ids.slice(4), next: null });
    expect((await list("?group=a")).ids).toEqual([ids[0], ids[2], ids[4]]);
    await claimed();
    expect((await list("?state=running")).ids).toEqual([ids[4]]);
    expect((await list("?state=queued&group=a")).ids).toEqual([ids[0], ids[2]]);
    expect((await list(`?after=${ID}`)).ids).toEqual([]);
  });

  it.each([
    ["?state=lost", "state"],
    ["?limit=51", "limit"],
    ["?limit=x", "limit"],
    ["?after=1", "after"],
    ["?more=1", "more"],
  ])("refuses %s", async (query, param) => {
    const refusal = await refusalOf(await call(`/jobs${query}`));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_request", param });
  });
});

describe("a worker", () => {
  it("takes a job from its claim to its end", async () => {
    const { id } = await submitted(await pushTiny());
    const lease = await claimed();
    expect(lease).toMatchObject({
      token: 1,
      leaseSeconds: 60,
      job: { id, state: "running", attempts: 1, worker: "gpu-1" },
    });
    expect(Date.parse(lease.expires)).toBeGreaterThan(Date.now() + 50_000);
    const progress = { step: 5, steps: 100, loss: 1.5, recall: null, imagesPerSecond: 80 };
    expect(await answerOf(await beat(id, 1, { progress, log: ["step 5"] }))).toMatchObject({
      cancelled: false,
    });
    expect(await jobNow(id)).toMatchObject({ state: "running", progress });
    await answerOf(await beat(id, 1, { publishing: true }));
    expect(await jobNow(id)).toMatchObject({ state: "publishing", progress });
    const completion = { token: 1, decision: DECISION };
    const done = await answerOf(await verb(id, "complete", completion));
    expect(done).toMatchObject({ state: "done", decision: DECISION, error: null });
    // The answer may be lost on its way.
    expect(await answerOf(await verb(id, "complete", completion))).toEqual(done);
  });

  it("gets 204 where there is no job for it", async () => {
    const version = await pushTiny();
    expect((await claim()).status).toBe(204);
    await submitted(version, { requirements: { backend: "webgpu" } });
    const large = await submitted(version, { requirements: { gpuBytes: 25e9 } });
    expect((await claim()).status).toBe(204);
    expect(await answerOf(await claim("large", { gpuBytes: 25e9 }))).toMatchObject({
      job: { id: large.id },
    });
  });

  it("may fail, and another tries again, at most three times", async () => {
    const { id } = await submitted(await pushTiny());
    for (const attempt of [1, 2, 3]) {
      const { token } = await claimed(`gpu-${attempt}`);
      expect(token).toBe(attempt);
      const failed = await answerOf(await verb(id, "fail", { token, error: ERROR, retry: true }));
      expect(failed).toMatchObject({ state: attempt < 3 ? "queued" : "failed", error: ERROR });
    }
    expect((await claim()).status).toBe(204);
  });

  it("that was told to stop gives the job back, as often as it happens", async () => {
    const { id } = await submitted(await pushTiny());
    for (let token = 1; token <= 5; token++) {
      expect(await claimed()).toMatchObject({ token, job: { attempts: 1 } });
      const given = { token, error: ERROR, retry: true, stopped: true };
      const back = await answerOf(await verb(id, "fail", given));
      expect(back).toMatchObject({ state: "queued", attempts: 0 });
    }
  });

  it("may know that another try does not help", async () => {
    const { id } = await submitted(await pushTiny());
    await claimed();
    await answerOf(await verb(id, "fail", { token: 1, error: ERROR, retry: false }));
    expect(await jobNow(id)).toMatchObject({ state: "failed", attempts: 1, error: ERROR });
  });

  it("that disappears loses the job, and with its third the job fails", async () => {
    const { id } = await submitted(await pushTiny());
    for (const attempt of [1, 2, 3]) {
      expect(await claimed(`gpu-${attempt}`)).toMatchObject({ token: attempt, job: { id } });
      const log = Array.from({ length: 60 }, (_, i) => `line ${attempt}.${i}`);
      await beat(id, attempt, { log });
      await beat(id, attempt, { log: log.map((line) => `${line} again`) });
      await expireAll();
    }
    expect((await claim()).status).toBe(204);
    const { state, error } = await jobNow(id);
    expect(state).toBe("failed");
    expect(error?.message).toMatch(/worker "gpu-3" disappeared: .*60 seconds, in attempt 3 of 3/);
    expect(error?.log).toHaveLength(100);
    expect([error?.log[0], error?.log[99]]).toEqual(["line 3.20", "line 3.59 again"]);
  });

  it("keeps a lease that has ended, if nobody took it", async () => {
    const { id } = await submitted(await pushTiny());
    await claimed();
    await expireAll();
    await answerOf(await beat(id, 1));
    expect((await claim("gpu-2")).status).toBe(204);
  });

  it("that has lost its job is refused whatever it does", async () => {
    const { id } = await submitted(await pushTiny());
    await claimed("slow");
    await expireAll();
    expect(await claimed("quick")).toMatchObject({ token: 2, job: { id } });
    const asked = [
      await beat(id, 1),
      await beat(id, 3),
      await verb(id, "complete", { token: 1, decision: DECISION }),
      await verb(id, "fail", { token: 1, error: ERROR, retry: true }),
      await call(await checkpointPath(id, 1, 1, "abc"), { method: "PUT", body: "abc" }),
      await call(`/jobs/${id}/checkpoint?token=1`),
      await call(`/jobs/${id}/report?token=1`, { method: "PUT", body: "abc" }),
    ];
    for (const response of asked) {
      expect(await refusalOf(response)).toMatchObject({ status: 409, code: "lease_lost" });
    }
    expect(await jobNow(id)).toMatchObject({ state: "running", worker: "quick", attempts: 2 });
  });

  it("is refused for a job that is not there", async () => {
    const asked = [
      await beat(ID, 1),
      await verb(ID, "complete", { token: 1, decision: DECISION }),
      await verb(ID, "fail", { token: 1, error: ERROR, retry: true }),
      await cancel(ID),
      await call(`/jobs/${ID}`),
      await call(`/jobs/${ID}/events`),
      await call(`/jobs/${ID}/checkpoint?token=1`),
      await call(`/jobs/${ID}/measures`),
    ];
    for (const response of asked) {
      expect(await refusalOf(response)).toMatchObject({ status: 404, code: "unknown_job" });
    }
  });

  it("shares no job with another, however many claim at once", async () => {
    const version = await pushTiny();
    const submits = Array.from({ length: 20 }, () => submitted(version));
    const ids = (await Promise.all(submits)).map(({ id }) => id);
    const responses = await Promise.all(Array.from({ length: 50 }, (_, i) => claim(`gpu-${i}`)));
    const leases = await Promise.all(
      responses.filter(({ status }) => status === 200).map((it) => answerOf(it)),
    );
    expect(responses.filter(({ status }) => status === 204)).toHaveLength(30);
    const got = leases.map((lease) => (lease as { job: { id: string } }).job.id);
    expect(got.sort()).toEqual(ids.sort());
  });
});

describe("DELETE /jobs/<id>", () => {
  it("cancels a queued job at once", async () => {
    const { id } = await submitted(await pushTiny());
    expect(await answerOf(await cancel(id))).toMatchObject({ id, state: "cancelled" });
    expect((await claim()).status).toBe(204);
    expect(await answerOf(await cancel(id))).toMatchObject({ state: "cancelled" });
  });

  it("tells the worker of a running job at its next heartbeat, and again", async () => {
    const { id } = await submitted(await pushTiny());
    await claimed();
    expect(await answerOf(await cancel(id))).toMatchObject({ state: "running" });
    for (const publishing of [true, false]) {
      const answer = await answerOf(await beat(id, 1, { publishing }));
      expect(answer).toMatchObject({ cancelled: true });
      expect((await jobNow(id)).state).toBe("cancelled");
    }
  });

  it("cancels a running job whose lease has ended, now or later", async () => {
    const version = await pushTiny();
    const [first, second] = [await submitted(version), await submitted(version)];
    await claimed("gpu-1");
    await claimed("gpu-2");
    await cancel(first.id);
    await expireAll();
    expect((await jobNow(first.id)).state).toBe("cancelled");
    expect(await answerOf(await cancel(second.id))).toMatchObject({ state: "cancelled" });
    expect((await claim()).status).toBe(204);
  });

  it("refuses a job that is being published or finished", async () => {
    const version = await pushTiny();
    const { id } = await submitted(version);
    await claimed();
    await beat(id, 1, { publishing: true });
    const refused = async () =>
      expect(await refusalOf(await cancel(id))).toMatchObject({
        status: 409,
        code: "job_finished",
      });
    await refused();
    await verb(id, "complete", { token: 1, decision: DECISION });
    await refused();
  });
});

describe("the data set of a job", () => {
  it("cannot be deleted until the job is finished", async () => {
    const version = await pushTiny();
    const { id } = await submitted(version);
    const remove = () => call(`/datasets/tiny/${version}`, { method: "DELETE" });
    const refusal = await refusalOf(await remove());
    expect(refusal).toMatchObject({ status: 409, code: "dataset_in_use" });
    expect(refusal.message).toContain(id);
    const other = await pushed(await tinyDataset({ seed: 2 }));
    expect((await call(`/datasets/tiny/${other}`, { method: "DELETE" })).status).toBe(204);
    await cancel(id);
    expect((await remove()).status).toBe(204);
  });

  it("is there if the job is queued, whoever comes first", async () => {
    for (let round = 0; round < 10; round++) {
      const version = await pushed(await tinyDataset({ seed: round }));
      const [job, removal] = await Promise.all([
        post("/jobs", requestOf(version)),
        call(`/datasets/tiny/${version}`, { method: "DELETE" }),
      ]);
      const outcome = `${job.status} ${removal.status}`;
      expect(["201 409", "404 204"]).toContain(outcome);
      const { status } = await call(`/datasets/tiny/${version}`);
      expect(status).toBe(job.status === 201 ? 200 : 404);
    }
  });
});

const readers = [
  ["GET", "/jobs"],
  ["GET", `/jobs/${ID}`],
  ["GET", `/jobs/${ID}/events`],
  ["GET", `/jobs/${ID}/measures`],
  ["GET", `/jobs/${ID}/report`],
];
const submitters = [
  ["POST", "/jobs"],
  ["DELETE", `/jobs/${ID}`],
];
const workers = [
  ["POST", "/jobs/claim"],
  ["POST", `/jobs/${ID}/heartbeat`],
  ["POST", `/jobs/${ID}/complete`],
  ["POST", `/jobs/${ID}/fail`],
  ["PUT", `/jobs/${ID}/checkpoint`],
  ["GET", `/jobs/${ID}/checkpoint`],
  ["PUT", `/jobs/${ID}/measures`],
  ["PUT", `/jobs/${ID}/report`],
];

describe("the scope of a key", () => {
  it.each([
    ...readers.map(([method, path]) => [method, path, "train work"]),
    ...submitters.map(([method, path]) => [method, path, "train"]),
    ...workers.map(([method, path]) => [method, path, "work"]),
  ])("for %s %s is %s", async (method, path, scopes) => {
    const admitted: string[] = [];
    for (const scope of ["publish", "train", "work"] as const) {
      const API_KEYS = await keyEntry("one", scope, KEY);
      const { status } = await callWith({ API_KEYS }, path, { method, headers: bearer });
      if (status !== 403) admitted.push(scope);
    }
    expect(admitted.join(" ")).toBe(scopes);
  });
});
