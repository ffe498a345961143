import { execFileSync } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Job } from "../../shared/jobs/job.ts";
import { fetchDataset } from "../../trainer/data/remote/fetchDataset.ts";
import { packRun } from "../../trainer/jobs/snapshot.ts";
import { DatasetClient } from "../../trainer/registry/datasets.ts";
import { ONCE } from "../../trainer/registry/patience.ts";
import { recordSchema } from "../../trainer/runs/record.ts";
import { each } from "../oracles/numbers.ts";
import { type Command, complaints } from "../scripts/command.ts";
import { writePictures } from "../scripts/tinyFolder.ts";
import { openBucket } from "./bucket.ts";
import { CLASSES, JobsStage } from "./jobsStage.ts";
import { TOKEN } from "./servers.ts";

let stage: JobsStage;
let r2: ReturnType<typeof openBucket>;

beforeAll(async () => {
  stage = await JobsStage.open();
  r2 = openBucket(stage.persist);
});
afterEach(() => stage.clear());
afterAll(async () => {
  await r2.close();
  await stage.close();
});

const at = (...path: string[]) => join(stage.folder, ...path);

/** The only object below a prefix. */
async function onlyKey(prefix: string): Promise<string> {
  const { objects } = await (await r2.bucket()).list({ prefix });
  expect(objects).toHaveLength(1);
  return objects[0].key;
}

/** Works, one worker after the other, until a job is at its end. */
async function failing(id: string): Promise<Job> {
  for (let tries = 0; tries < 3; tries++) await stage.work("--once").ended;
  const job = await stage.jobs.show(id);
  expect(job).toMatchObject({ state: "failed", attempts: 3, decision: null });
  expect((await stage.registry(`/models/${job.model}`)).status).toBe(404);
  return job;
}

describe("a checkpoint of no use", () => {
  /** The run "whole", as if it were that of a job, packed. @param seed that it says it has */
  async function packed(model: string, seed: number, change?: (folder: string) => Promise<void>) {
    await cp(at("runs", "whole"), at(model), { recursive: true });
    const path = at(model, "config.json");
    const record = recordSchema.parse(JSON.parse(await readFile(path, "utf8")));
    const config = { ...record.config, name: model, seed };
    await writeFile(path, JSON.stringify({ ...record, config }));
    await change?.(at(model));
    await packRun(at(model), at(`${model}.tar`));
    return new Uint8Array(await readFile(at(`${model}.tar`)));
  }

  /** Submits a job, and sends a checkpoint for it as a worker would. */
  async function begun(model: string, checkpoint: Uint8Array<ArrayBuffer>) {
    const id = await stage.submit(model);
    const lease = await stage.jobs.claim({ worker: "former", backend: "wasm", gpuBytes: 0 });
    const token = lease?.token ?? 0;
    await stage.jobs.putCheckpoint(id, { token, step: 20 }, checkpoint);
    const giveBack = () => {
      const error = { message: "the worker was stopped", log: [] };
      return stage.jobs.fail(id, { token, error, retry: true, stopped: true });
    };
    return { id, giveBack };
  }

  it("is named in the log, and the job begins anew", async () => {
    const whole = await packed("same", 1);
    const cut = await packed("cut", 1, async (folder) => {
      const path = join(folder, "checkpoint.safetensors");
      const bytes = await readFile(path);
      await writeFile(path, bytes.subarray(0, bytes.length / 2));
    });
    const reseeded = await packed("reseeded", 2);
    const cases: [string, Uint8Array<ArrayBuffer>, RegExp][] = [
      ["half", whole.slice(0, whole.length / 2), /the checkpoint of the job is damaged: /],
      ["cut", cut, /checkpoint\.safetensors is damaged/],
      ["reseeded", reseeded, /begun with another configuration \(seed 2, now 1\)/],
      ["spoilt", whole, /with another SHA-256 than/],
    ];
    const jobs = [];
    for (const [model, checkpoint, reason] of cases) {
      jobs.push({ model, reason, ...(await begun(model, checkpoint)) });
    }
    const bucket = await r2.bucket();
    for (const { id, model, giveBack } of jobs) {
      const key = await onlyKey(`jobs/${id}/checkpoints/`);
      if (model === "spoilt")
        await bucket.put(
          key,
          whole.map((byte) => byte ^ 1),
        );
      await giveBack();
    }
    stage.work();
    for (const { id, model, reason } of jobs) {
      const job = await stage.ended(id);
      expect(job, job.error?.message).toMatchObject({ state: "done", error: null });
      const line = (await stage.log(id)).find((it) => it.includes("is of no use"));
      expect(line).toMatch(
        /^The checkpoint of step 20 is of no use: .*; starts from the beginning$/,
      );
      expect(line).toMatch(reason);
      await stage.expectSameAsWhole(id, model);
    }
  });
});

describe("a job whose data set", () => {
  const REMEDY = "remove the versions that have it, and push the folder again";

  it.each<[string, (key: string) => Promise<unknown>, string]>([
    [
      "has-lost-a-shard",
      async (key) => (await r2.bucket()).delete(key),
      `is gone from the registry: ${REMEDY}`,
    ],
    [
      "has-half-a-shard",
      async (key) => {
        const bucket = await r2.bucket();
        const whole = await (await bucket.get(key))?.arrayBuffer();
        await bucket.put(key, whole?.slice(0, whole.byteLength / 2) ?? "");
      },
      `it is damaged in the registry: ${REMEDY}`,
    ],
  ])("%s fails with what to do, which helps", async (name, spoil, reason) => {
    await writePictures(at(name), CLASSES.slice(0, 2));
    const dataset = await stage.push(name);
    await spoil(await onlyKey(`datasets/${name}/shards/`));
    const id = await stage.submitFor(dataset, name, "--steps", "1");
    const removal = () => stage.script("dataset", "remove", `${name}@${dataset.version}`);
    const refused = await removal();
    expect(refused.code).toBe(1);
    expect(complaints(refused.stderr).join()).toContain(id);
    const { error } = await failing(id);
    expect(error?.message).toContain(reason);
    expect((await removal()).code).toBe(0);
    expect(await stage.push(name)).toEqual(dataset);
    expect((await stage.script("dataset", "pull", name, "--out", `${name}-again`)).code).toBe(0);
  });
});

describe.runIf(process.platform === "linux")("a job whose worker", () => {
  /** Lets a worker write no longer files. */
  const limitFiles = ({ pid }: Command, bytes: number) =>
    execFileSync("prlimit", [`--pid=${pid}`, `--fsize=${bytes}`]);

  it("has a full disk fails, with what is needed", async () => {
    const workers = each(3).map(() => stage.work("--once", "--cache", "full"));
    for (const worker of workers) limitFiles(worker, 4000);
    const id = await stage.submit("full");
    for (const worker of workers) await worker.ended;
    const job = await stage.ended(id);
    expect(job).toMatchObject({ state: "failed", attempts: 3 });
    expect(job.error?.message).toMatch(
      /the disk of \S+ is full, .*: pictures@\w+, unpacked, needs/,
    );
    expect((await stage.registry("/models/full")).status).toBe(404);
  });

  /** Lets a worker try, which cannot do it, and expects that the job says so and waits for the next. */
  async function attempt(id: string, reason: RegExp, disturb?: (worker: Command) => unknown) {
    const worker = stage.work("--once");
    await disturb?.(worker);
    await worker.ended;
    const job = await stage.jobs.show(id);
    expect(job.state).toBe("queued");
    expect(job.error?.message).toMatch(reason);
    expect((await stage.log(id)).at(-1)).toMatch(reason);
  }

  async function expectDone(id: string, model: string): Promise<void> {
    stage.work("--once");
    expect(await stage.ended(id)).toMatchObject({ state: "done", error: null });
    await stage.expectSameAsWhole(id, model);
  }

  it("has a changed image, and then a full disk, is done by the third", async () => {
    const id = await stage.submit("passed-on");
    const signal = new AbortController().signal;
    const url = stage.servers.registryUrl;
    const client = new DatasetClient({ url, token: TOKEN, signal, patience: ONCE });
    const { name, version } = (await stage.jobs.show(id)).dataset;
    const { folder, release } = await fetchDataset(client, name, version, at("cache", "datasets"), {
      ...{ limitBytes: 1e9, progress: () => undefined, signal },
    });
    await release();
    // It decodes, but is not the image that was pushed.
    await cp(join(folder, CLASSES[0], "1.png"), join(folder, CLASSES[5], "1.png"));
    await attempt(id, /class-5\/1\.png is not the image that dataset\.ndjson lists/);
    await attempt(id, /write no file as long/, (worker) => limitFiles(worker, 100_000));
    await expectDone(id, "passed-on");
  });

  it("has no memory left is done by the next", async () => {
    const id = await stage.submit("killed");
    await attempt(
      id,
      /was killed, most likely because the machine had no memory/,
      async (worker) => {
        const path = `/proc/${worker.pid}/task/${worker.pid}/children`;
        const children = async () => (await readFile(path, "utf8")).split(" ").filter(Boolean);
        await expect.poll(children, { interval: 20 }).not.toEqual([]);
        for (const child of await children()) process.kill(Number(child), "SIGKILL");
      },
    );
    await expectDone(id, "killed");
  });
});
