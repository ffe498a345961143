import { Command as Parser } from "commander";
import { configOptions, givenOptions } from "../../scripts/lib/flags.ts";
import { jobConfig } from "../../scripts/lib/jobs.ts";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { describeEvent } from "../../scripts/lib/jobs.ts";
import { runServers, type Servers } from "../../scripts/lib/serve.ts";
import { RegistryClient } from "../../scripts/lib/registry.ts";
import { type Job, progressSchema } from "../../shared/jobs/job.ts";
import { parseManifest } from "../../shared/package/manifest.ts";
import { collectionSchema } from "../../workers/api/contract/collections/collection.ts";
import { search } from "../../workers/api/contract/collections/search.ts";
import { fetchMeasures } from "../../trainer/jobs/fetchMeasures.ts";
import { JobsClient } from "../../trainer/registry/jobs.ts";
import { each } from "../oracles/numbers.ts";
import {
  type Command,
  complaints,
  type Output,
  runScript,
  startScript,
} from "../scripts/command.ts";
import { IMAGES_PER_CLASS, writePictures } from "../scripts/tinyFolder.ts";
import { withTensors } from "../workers/registry/reseal.ts";
import { tinyPackage } from "../workers/tinyPackage.ts";
import { readSteps } from "./metrics.ts";
import { freePort } from "./ports.ts";
import { Proxy } from "./proxy.ts";
import { registryKeys, TOKEN, WORKER_TOKEN } from "./servers.ts";

/** `npm run kill` kills 30 times. */
const KILLS = Number(process.env.KILLS ?? 3);
/** Of a job: with its third lost lease a job fails. */
const KILLS_OF_JOB = 2;

/** Longer than anything that a test waits for. */
const PATIENCE_MS = 60_000;

const CLASSES = Array.from({ length: 8 }, (_, at) => `class-${at}`);

const STEPS = 30;
const FLAGS = ["--size", "16", "--steps", String(STEPS), "--classes-per-batch", "3"];
const EVALUATIONS = ["--evaluate-every", "10"];

let folder: string;
let persist: string;
let registryPort: number;
let servers: Servers;
let jobs: JobsClient;
/** Of the data set. */
let version: string;
const started: Command[] = [];
/** Of who submits, and of a worker. */
const env = { REGISTRY_TOKEN: TOKEN };
const workerEnv = { REGISTRY_TOKEN: WORKER_TOKEN };

const start = async () => {
  servers = await runServers(inject("workers"), {
    ...{ port: 0, registryPort, persist, token: TOKEN },
    variables: { REFRESH_SECONDS: "0" },
    registryVariables: { LEASE_SECONDS: "2", API_KEYS: await registryKeys() },
  });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-jobs-"));
  persist = await mkdtemp(join(tmpdir(), "pddm-r2-"));
  registryPort = await freePort();
  await start();
  const signal = new AbortController().signal;
  const patience = { attempts: 1, firstWaitMs: 0 };
  jobs = new JobsClient({ url: servers.registryUrl, token: TOKEN, signal, patience });
  await writePictures(join(folder, "pictures"), CLASSES);
  const pushed = await script("dataset", "push", "pictures", "--name", "pictures");
  version = /^Pushed pictures@(\w+)/m.exec(pushed.stdout)?.[1] ?? "";
  const whole = ["--data", "pictures", "--name", "whole", "--backend", "wasm"];
  const trained = await runScript("train", [...whole, ...FLAGS, ...EVALUATIONS], folder);
  expect(trained.code, trained.stderr).toBe(0);
});
afterEach(() => {
  for (const command of started.splice(0)) command.kill();
});
afterAll(async () => {
  await servers.stop();
  await rm(folder, { recursive: true, force: true });
  await rm(persist, { recursive: true, force: true });
});

const script = (name: "dataset" | "jobs", ...args: string[]): Promise<Output> =>
  runScript(name, [...args, "--registry", servers.registryUrl], folder, env);

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Submits by the command line. @returns the id of the job */
async function submitTyped(model: string): Promise<string> {
  const args = ["submit", "--dataset", "pictures", "--model", model];
  const { code, stdout, stderr } = await script("jobs", ...args, ...FLAGS, ...EVALUATIONS);
  expect(code, stderr).toBe(0);
  const [, id = ""] = /^Submitted job ([0-9a-f]{12}):/.exec(stdout) ?? [];
  return id;
}

/** Submits what the command line would, without the second that it takes to start. @returns the id of the job */
const submit = (model: string, ...flags: string[]) =>
  submitFor({ name: "pictures", version }, model, ...EVALUATIONS, ...flags);

/** @returns the id of the job */
async function submitFor(
  dataset: Job["dataset"],
  model: string,
  ...flags: string[]
): Promise<string> {
  const parser = new Parser();
  for (const option of configOptions()) parser.addOption(option);
  parser.parse([...FLAGS, ...flags], { from: "user" });
  const { id } = await jobs.submit({
    ...{ dataset, model, promote: "if-better", channel: "stable" },
    ...{ ...jobConfig(givenOptions(parser), dataset.name, model), group: null },
  });
  return id;
}

/** Starts a worker that sends checkpoints all the time. */
function work(...flags: string[]): Command {
  const args = ["--registry", servers.registryUrl, "--backend", "wasm", "--cache", "cache"];
  const all = [...args, "--checkpoint-every", "0.001", ...flags];
  const command = startScript("worker", all, folder, workerEnv);
  started.push(command);
  return command;
}

/** Waits until a job is so. */
async function until(id: string, condition: (job: Job) => boolean): Promise<Job> {
  const started = performance.now();
  for (;;) {
    // A registry that restarts does not answer.
    const job = await jobs.show(id).catch(() => null);
    if (job && condition(job)) return job;
    if (performance.now() - started > PATIENCE_MS) {
      throw new Error(`the job takes too long: ${JSON.stringify(job)}`);
    }
    await wait(50);
  }
}

const ended = (id: string) =>
  until(id, ({ state }) => ["done", "failed", "cancelled"].includes(state));

const modelSchema = z.object({
  versions: z.array(z.object({ version: z.string() })),
  channels: z.record(z.string(), z.object({ version: z.string() })),
});

async function registry(path: string): Promise<Response> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return fetch(new URL(path, servers.registryUrl), { headers });
}

async function model(name: string): Promise<z.infer<typeof modelSchema>> {
  return modelSchema.parse(await (await registry(`/models/${name}`)).json());
}

/** What was measured of a network, without what differs from job to job. */
async function measured(id: string): Promise<unknown> {
  const it = await fetchMeasures(jobs, id);
  if (!it || "obstacle" in it) throw new Error(`job ${id} was not measured: ${it?.obstacle}`);
  const { seconds: _, ...result } = it.result;
  return { data: it.data, result };
}

/** The figures of the first job that was done: all of the same configuration have the same, disturbed or not. */
let figures: unknown;

/** Compares what a job has published, and the losses that it told, with the run that nobody disturbed. */
async function expectSameAsWhole(id: string, name: string): Promise<void> {
  const { versions } = await model(name);
  expect(versions).toHaveLength(1);
  const files = `/models/${name}/${versions[0].version}/package`;
  const manifest = await parseManifest(await (await registry(`${files}/manifest.json`)).text());
  expect(manifest.training.dataset.name).toBe("pictures");
  expect(JSON.stringify(manifest)).not.toContain(folder);
  const weights = await (await registry(`${files}/weights.safetensors`)).arrayBuffer();
  const whole = join(folder, "runs", "whole");
  const expected = await readFile(join(whole, "package", "weights.safetensors"));
  expect(Buffer.from(weights).equals(expected)).toBe(true);
  const losses = new Map(readSteps(whole).map(({ step, loss }) => [step, loss]));
  const { events } = await jobs.events(id, 0);
  const told = events.filter(({ kind }) => kind === "progress");
  for (const { data } of told) {
    const { step, loss } = progressSchema.parse(data);
    expect(loss).toBe(losses.get(step));
  }
  expect(told.length).toBeGreaterThan(0);
  figures ??= await measured(id);
  expect(await measured(id)).toEqual(figures);
}

/** Publishes and promotes a model that embeds all pictures alike. @returns its version */
async function publishBlind(): Promise<string> {
  const files = await withTensors(await tinyPackage({ name: "gated" }), (tensors) => {
    tensors.get("features/kernel")?.values.fill(0);
  });
  const manifest = await parseManifest(files.manifest);
  const client = new RegistryClient(servers.registryUrl, TOKEN);
  await client.publish(manifest, files);
  await client.promote("gated", manifest.version, "stable");
  return manifest.version;
}

/** Asks for the collection "gated". */
const collection = (method: string, rest: string, body?: object) =>
  fetch(new URL(`/collections/gated${rest}`, servers.apiUrl), {
    method,
    headers: { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });

const describeCollection = async () =>
  collectionSchema.parse(await (await collection("GET", "")).json());

/** The version that answers a search among all pictures. */
async function searched(pictures: number): Promise<string> {
  const body = { query: { id: "class-0.0" }, top_k: 100 };
  const { version, results } = search.answer.schema.parse(
    await (await collection("POST", "/search", body)).json(),
  );
  expect(results).toHaveLength(pictures - 1);
  return version;
}

/** What a registry is asked for that may not be used by half. */
const PRECIOUS = [/^GET .*\/shards\//, /^PUT .*\/checkpoint/, /^GET .*\/checkpoint/];

/**
 * Lets the first answers of each kind be failures: one of 500, one of 503, and one that breaks off.
 *
 * @returns how many there were, by kind
 */
function spoil(proxy: Proxy): number[] {
  const counts = PRECIOUS.map(() => 0);
  proxy.instead = (asked, body, outgoing) => {
    const kind = PRECIOUS.findIndex((it) => it.test(asked));
    if (kind < 0 || counts[kind] === 3) return false;
    counts[kind] += 1;
    if (counts[kind] < 3) outgoing.writeHead(counts[kind] === 1 ? 500 : 503).end();
    else {
      outgoing.writeHead(200, { "content-length": body.length });
      outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
    }
    return true;
  };
  return counts;
}

describe("npm run jobs and npm run worker", () => {
  it("train, publish and promote what is better", async () => {
    const id = await submitTyped("first");
    const worker = work("--once");
    const followed = await script("jobs", "follow", id);
    expect(followed.code, followed.stdout).toBe(0);
    expect(followed.stdout).toContain("the job is running\n");
    expect(followed.stdout).toContain("State: done");
    const { code, stdout } = await worker.ended;
    expect(code).toBe(0);
    expect(stdout).toContain(`Job ${id} is done: "stable" served no version before`);
    const job = await jobs.show(id);
    expect(job).toMatchObject({ state: "done", attempts: 1, decision: { promoted: true } });
    expect(job.artifacts).toEqual(["measures", "report"]);
    expect((await script("jobs", "report", id, "--out", "first.html")).stdout).toBe(
      "Report: first.html\n",
    );
    const page = await readFile(join(folder, "first.html"), "utf8");
    expect(page).toContain("<h1>“first” from pictures</h1>");
    expect(page).toContain("data:image/jpeg;base64,");
    await expectSameAsWhole(id, "first");
    const { channels } = await model("first");
    expect(channels.stable.version).toBe(job.decision?.challenger.version);

    const worse = await submit("first", "--seed", "2", "--learning-rate", "0.000001");
    work("--once");
    const { state, decision } = await ended(worse);
    expect(state).toBe("done");
    expect(decision).toMatchObject({ promoted: false, champion: channels.stable });
    expect(decision?.reason).toContain("is not surely better than");
    expect((await model("first")).channels).toEqual(channels);
    expect((await model("first")).versions).toHaveLength(2);
  });

  it("move the collection that serves the model, when they promote a version", async () => {
    const done = async (...flags: string[]) => {
      const id = await submit("gated", ...flags);
      work("--once");
      const { state, decision } = await ended(id);
      expect(state).toBe("done");
      return decision;
    };
    const champion = await publishBlind();
    const made = await collection("PUT", "", { model: "gated", store_images: true });
    expect(made.status, await made.text()).toBe(201);
    const items = await Promise.all(
      CLASSES.flatMap((name) =>
        each(IMAGES_PER_CLASS).map(async (at) => ({
          id: `${name}.${at}`,
          image: await readFile(join(folder, "pictures", name, `${at}.png`), "base64"),
        })),
      ),
    );
    expect((await collection("POST", "/items", { items })).status).toBe(200);
    expect(await searched(items.length)).toBe(champion);

    const decision = await done("--augment", "none");
    expect(decision, decision?.reason).toMatchObject({
      promoted: true,
      champion: { version: champion },
    });
    const version = decision?.challenger.version ?? "";
    // Each answer is of one version, of which it has all pictures.
    await expect.poll(() => searched(items.length)).toBe(version);
    expect(await describeCollection()).toMatchObject({ state: "ready", version });

    const worse = ["--steps", "1", "--learning-rate", "0.000001", "--seed", "2"];
    expect(await done(...worse)).toMatchObject({ promoted: false, champion: { version } });
    expect(await searched(items.length)).toBe(version);
    expect(await describeCollection()).toMatchObject({ state: "ready", version, target: null });
  });

  it("refuse what the trainer would refuse", async () => {
    const refused = async (flags: string[], message: string) => {
      const args = ["submit", "--dataset", "pictures", "--model", "refused", ...flags];
      const { code, stderr } = await script("jobs", ...args);
      expect(code).toBe(1);
      expect(complaints(stderr)).toEqual([message]);
    };
    await refused(["--bogus"], "error: unknown option '--bogus'");
    await refused(["--size", "3"], "Error: --size: Too small: expected number to be >=16");
    await refused(
      ["--set", "alpha=x"],
      "error: option '--set <name=value>' argument 'alpha=x' is invalid. Not a number.",
    );
    const { code, stderr } = await script("jobs", "follow", "birds");
    expect(code).toBe(1);
    expect(complaints(stderr)).toEqual([
      'Error: "birds" is not the id of a job, which has 12 hex digits',
    ]);
  });

  it("fail a job that names a file of the worker's machine", async () => {
    const id = await submit("files", "--init", "/etc/passwd");
    work("--once");
    const job = await ended(id);
    expect(job).toMatchObject({ state: "failed", attempts: 1 });
    expect(job.error?.message).toBe(
      '--init: "/etc/passwd" is a file, and this worker reads none; start it with --weights <folder>',
    );
    const outside = await submit("files", "--init", "../pictures/class-0/0.png");
    const told = await work("--once", "--weights", "runs").ended;
    expect(told.stdout).toContain("is not in the worker's folder of weights; name a file in there");
    expect(await jobs.show(outside)).toMatchObject({ state: "failed", attempts: 1 });
    expect((await script("jobs", "follow", outside)).code).toBe(1);
  });

  it("say of wrong images what npm run train says", async () => {
    await writePictures(join(folder, "single"), CLASSES.slice(0, 1));
    await writePictures(join(folder, "damaged"), CLASSES);
    const image = join(folder, "damaged", "class-3", "0.png");
    await writeFile(image, (await readFile(image)).subarray(0, 40));
    for (const at of [1, 2, 3]) await rm(join(folder, "damaged", "class-5", `${at}.png`));
    work();
    const told = async (name: string) => {
      const pushed = await script("dataset", "push", name, "--name", name);
      const [, found = ""] = /^Pushed \w+@(\w+)/m.exec(pushed.stdout) ?? [];
      const id = await submitFor({ name, version: found }, name, "--steps", "5");
      const train = ["--data", name, "--name", name, "--backend", "wasm"];
      const trained = await runScript("train", [...train, ...FLAGS, "--steps", "5"], folder);
      const { state, error } = await ended(id);
      const { events } = await jobs.events(id, 0);
      const log = events.filter(({ kind }) => kind === "log").flatMap(describeEvent);
      return { id, trained, state, error, log };
    };
    const single = await told("single");
    expect(single.trained.code).toBe(1);
    expect(single.state).toBe("failed");
    expect(complaints(single.trained.stderr)).toEqual([`Error: ${single.error?.message}`]);
    expect((await script("jobs", "show", single.id)).stdout).toContain(
      `Reason: ${single.error?.message}`,
    );
    const damaged = await told("damaged");
    expect(damaged.state).toBe("done");
    const remarks = damaged.trained.stdout
      .split("\n")
      .filter((line) => /^(Skipped|Classes of one image)/.test(line));
    expect(remarks).toEqual([
      expect.stringContaining("class-3/0.png"),
      expect.stringContaining("class-5"),
    ]);
    for (const line of remarks) expect(damaged.log).toContain(line);
  });

  it("stop a job that is cancelled", async () => {
    const id = await submit("cancelled", "--steps", "100000");
    const worker = work("--once");
    await until(id, ({ progress }) => progress !== null);
    expect((await script("jobs", "cancel", id)).stdout).toContain("stops at the next heartbeat");
    const { stdout } = await worker.ended;
    expect(stdout).toContain(`Job ${id} is cancelled`);
    expect(worker.processes()).toEqual([]);
    expect(await jobs.show(id)).toMatchObject({ state: "cancelled", checkpointStep: null });
    expect((await registry("/models/cancelled")).status).toBe(404);
    expect((await script("jobs", "follow", id)).code).toBe(1);
  });

  it("go on from the checkpoint of a worker that was told to end, by a registry that often fails", async () => {
    const failing = new Proxy(() => servers.registryUrl);
    const spoilt = spoil(failing);
    const way = ["--registry", await failing.listen(), "--cache", "of-its-own"];
    const id = await submit("handed-on");
    const first = work("--name", "first", ...way);
    await until(id, ({ progress }) => (progress?.step ?? 0) > 0);
    first.terminate();
    const { stdout } = await first.ended;
    expect(stdout).toContain(`Job ${id} is given back: the worker was stopped; another goes on`);
    const given = await jobs.show(id);
    expect(given).toMatchObject({ state: "queued", attempts: 0 });
    expect(given.checkpointStep).toBeGreaterThan(0);
    const second = work("--name", "second", "--once", ...way);
    expect(await ended(id)).toMatchObject({ state: "done", worker: "second", error: null });
    await second.ended;
    failing.close();
    expect(spoilt).toEqual([3, 3, 3]);
    const { events } = await jobs.events(id, 0);
    const logs = events.filter(({ kind }) => kind === "log").flatMap(describeEvent);
    expect(logs).toContain(`Goes on from the checkpoint of step ${given.checkpointStep}`);
    await expectSameAsWhole(id, "handed-on");
  });

  it("let a worker that was frozen publish nothing", async () => {
    const id = await submit("frozen");
    const frozen = work("--name", "frozen", "--once");
    await until(id, ({ state }) => state === "running");
    frozen.freeze();
    // The frozen one may hold the lock of its cache.
    work("--name", "second", "--once", "--cache", "other");
    expect(await ended(id)).toMatchObject({ state: "done", worker: "second" });
    frozen.goOn();
    const { stdout } = await frozen.ended;
    expect(stdout).toContain(`Job ${id} is lost: `);
    expect(await jobs.show(id)).toMatchObject({ state: "done", worker: "second" });
    await expectSameAsWhole(id, "frozen");
  });

  it("share six jobs between two workers, so that each is done once", async () => {
    const ids: string[] = [];
    for (let at = 0; at < 6; at++) {
      const all = at === 0 ? ["--train-classes", "8"] : [];
      ids.push(await submit(`shared-${at}`, "--steps", "5", ...all));
    }
    work("--name", "one");
    work("--name", "two", "--cache", "other");
    for (const id of ids) {
      expect(await ended(id)).toMatchObject({ state: "done", attempts: 1 });
      const { events } = await jobs.events(id, 0);
      const states = events.filter(({ kind }) => kind === "state").map(({ data }) => data);
      expect(states).toEqual(["queued", "running", "publishing", "done"]);
    }
    const workers = await Promise.all(ids.map(async (id) => (await jobs.show(id)).worker));
    expect(new Set(workers)).toEqual(new Set(["one", "two"]));
    const { code, stderr } = await script("jobs", "report", ids[0]);
    expect(code).toBe(1);
    expect(complaints(stderr)).toEqual([
      `Error: job ${ids[0]} has no report: To measure takes 2 unseen classes, here are 0 of 8: choose fewer --train-classes.`,
    ]);
  });

  it("outlast a registry that is restarted", async () => {
    const id = await submit("outlasted");
    work("--once");
    await until(id, ({ progress }) => (progress?.step ?? 0) > 0);
    await servers.stop();
    await wait(1000);
    await start();
    expect(await ended(id)).toMatchObject({ state: "done", attempts: 1 });
    await expectSameAsWhole(id, "outlasted");
  });
});

describe("npm run jobs -- sweep", () => {
  const group = ["--group", "of-sizes"];
  const flags = ["--dataset", "many", "--model", "swept", ...FLAGS, ...group];
  const sweep = (...more: string[]) => script("jobs", "sweep", ...flags, ...more);

  it("trains every setting with every seed, once, and tells which is best", async () => {
    // Enough of them to hold two out.
    const classes = Array.from({ length: 13 }, (_, at) => `class-${at}`);
    await writePictures(join(folder, "many"), classes);
    await script("dataset", "push", "many", "--name", "many");
    const cheap = ["--steps", "4", "--train-classes", "10", "--seeds", "2"];
    const refused = await sweep(...cheap, "--size", "16,3");
    expect(complaints(refused.stderr)).toEqual([
      "Error: --size: Too small: expected number to be >=16",
    ]);
    expect((await script("jobs", "list", ...group)).stdout).toBe(
      "The registry has no jobs of the group of-sizes.\n",
    );

    const settings = [...cheap, "--learning-rate", "1e-7,0.01"];
    const first = await sweep(...settings);
    expect(first.stderr).toBe("");
    expect(first.stdout).toMatch(
      /^4 jobs of the group of-sizes: --learning-rate 1e-7, 0\.01; seeds 1 to 2\nSubmitted 4\n/,
    );
    expect((await sweep(...settings)).stdout).toContain("Submitted 0; 4 were there already\n");
    const all = await jobs.group("of-sizes");
    expect(all.map(({ promote }) => promote)).toEqual(each(4).map(() => "never"));
    const [last] = all;
    await jobs.cancel(last.id);
    expect((await sweep(...settings)).stdout).toContain("Submitted 1; 3 were there already\n");

    work();
    const followed = await script("jobs", "follow", ...group);
    expect(followed.code, followed.stdout + followed.stderr).toBe(0);
    expect(followed.stdout).not.toContain(last.id);
    const rows = Array.from(
      followed.stdout.matchAll(/^ +--learning-rate (\S+) +2 +(\S+) ±(\S+) +\S+ ±\S+ +\S+ ±\S+$/gm),
      ([, rate, mean, deviation]) => ({ rate, mean, deviation }),
    );
    expect(rows.map(({ rate }) => rate)).toEqual(["1e-7", "0.01"]);
    // By hand, from what each worker has measured.
    const done = (await jobs.group("of-sizes")).filter(({ state }) => state === "done");
    expect(done).toHaveLength(4);
    const found = await Promise.all(
      done.map(async (job) => {
        const it = await fetchMeasures(jobs, job.id);
        if (!it || "obstacle" in it) throw new Error("not measured");
        expect(it.data.classes.heldOut).toBe(2);
        const recall = it.result.curve.at(-1)?.recallAt1 ?? NaN;
        expect(job.progress?.recall).toBe(recall);
        return { rate: JSON.stringify(job.config.learningRate), recall, job };
      }),
    );
    const means = rows.map(({ rate, mean, deviation }) => {
      const [a, b] = found.filter((it) => it.rate === rate).map(({ recall }) => 100 * recall);
      expect(mean).toBe(((a + b) / 2).toFixed(1));
      expect(deviation).toBe((Math.abs(a - b) / Math.SQRT2).toFixed(1));
      return a + b;
    });
    const best = rows[means[1] > means[0] ? 1 : 0].rate;
    expect(followed.stdout).toContain(`Best on held-out classes: --learning-rate ${best}\n`);
    const [, id = ""] = /: npm run jobs -- promote (\w+)/.exec(followed.stdout) ?? [];
    const chosen = found.find(({ job }) => job.id === id);
    const recalls = found.filter(({ rate }) => rate === best).map(({ recall }) => recall);
    expect(chosen).toMatchObject({ rate: best, recall: Math.max(...recalls) });

    expect((await model("swept")).channels).toEqual({});
    expect((await script("jobs", "promote", id)).stdout).toContain(`Promoted swept@`);
    expect((await model("swept")).channels.stable.version).toBe(
      chosen?.job.decision?.challenger.version,
    );
    expect((await script("jobs", "cancel", ...group)).stdout).toBe("There is nothing to cancel.\n");
  });
});

describe.runIf(process.platform === "linux")("a worker that is killed", () => {
  it(
    `${KILLS} times, publishes once what it would have without`,
    async () => {
      for (let kills = 0, round = 0; kills < KILLS; round++) {
        const name = `killed-${round}`;
        const id = await submit(name);
        for (let of = 0; of < KILLS_OF_JOB && kills < KILLS; of++, kills++) {
          const worker = work();
          await until(id, ({ state }) => state !== "queued");
          await wait(Math.random() * 4000);
          worker.kill();
          await worker.ended;
        }
        const last = work();
        const job = await ended(id);
        expect(job, job.error?.message).toMatchObject({ state: "done" });
        last.kill();
        await last.ended;
        await expectSameAsWhole(id, name);
      }
    },
    60_000 + KILLS * 30_000,
  );
});
