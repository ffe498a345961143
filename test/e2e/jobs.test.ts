import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { RegistryClient } from "../../scripts/lib/registry.ts";
import { parseManifest } from "../../shared/package/manifest.ts";
import { collectionSchema } from "../../workers/api/contract/collections/collection.ts";
import { search } from "../../workers/api/contract/collections/search.ts";
import { fetchMeasures } from "../../trainer/jobs/fetchMeasures.ts";
import { each } from "../oracles/numbers.ts";
import { complaints, runScript } from "../scripts/command.ts";
import { IMAGES_PER_CLASS, writePictures } from "../scripts/tinyFolder.ts";
import { withTensors } from "../workers/registry/reseal.ts";
import { tinyPackage } from "../workers/tinyPackage.ts";
import { CLASSES, FLAGS, JobsStage, wait } from "./jobsStage.ts";
import { Proxy } from "./proxy.ts";
import { TOKEN } from "./servers.ts";

/** `npm run kill` kills 30 times. */
const KILLS = Number(process.env.KILLS ?? 3);
/** Of a job: with its third lost lease a job fails. */
const KILLS_OF_JOB = 2;

/** That two workers share. `npm run kill` has 20. */
const SHARED = Number(process.env.SHARED_JOBS ?? 6);

let stage: JobsStage;

beforeAll(async () => {
  stage = await JobsStage.open();
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

/** Publishes and promotes a model that embeds all pictures alike. @returns its version */
async function publishBlind(): Promise<string> {
  const files = await withTensors(await tinyPackage({ name: "gated" }), (tensors) => {
    tensors.get("features/kernel")?.values.fill(0);
  });
  const manifest = await parseManifest(files.manifest);
  const client = new RegistryClient(stage.servers.registryUrl, TOKEN);
  await client.publish(manifest, files);
  await client.promote("gated", manifest.version, "stable");
  return manifest.version;
}

/** Asks for the collection "gated". */
const collection = (method: string, rest: string, body?: object) =>
  fetch(new URL(`/collections/gated${rest}`, stage.servers.apiUrl), {
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
    const id = await stage.submitTyped("first");
    const worker = stage.work("--once");
    const followed = await stage.script("jobs", "follow", id);
    expect(followed.code, followed.stdout).toBe(0);
    expect(followed.stdout).toContain("the job is running\n");
    expect(followed.stdout).toContain("State: done");
    const { code, stdout } = await worker.ended;
    expect(code).toBe(0);
    expect(stdout).toContain(`Job ${id} is done: "stable" served no version before`);
    const job = await stage.jobs.show(id);
    expect(job).toMatchObject({ state: "done", attempts: 1, decision: { promoted: true } });
    expect(job.artifacts).toEqual(["measures", "report"]);
    expect((await stage.script("jobs", "report", id, "--out", "first.html")).stdout).toBe(
      "Report: first.html\n",
    );
    const page = await readFile(join(stage.folder, "first.html"), "utf8");
    expect(page).toContain("<h1>“first” from pictures</h1>");
    expect(page).toContain("data:image/jpeg;base64,");
    await stage.expectSameAsWhole(id, "first");
    const { channels } = await stage.model("first");
    expect(channels.stable.version).toBe(job.decision?.challenger.version);

    const worse = await stage.submit("first", "--seed", "2", "--learning-rate", "0.000001");
    stage.work("--once");
    const { state, decision } = await stage.ended(worse);
    expect(state).toBe("done");
    expect(decision).toMatchObject({ promoted: false, champion: channels.stable });
    expect(decision?.reason).toContain("is not surely better than");
    expect((await stage.model("first")).channels).toEqual(channels);
    expect((await stage.model("first")).versions).toHaveLength(2);
  });

  it("move the collection that serves the model, when they promote a version", async () => {
    const done = async (...flags: string[]) => {
      const id = await stage.submit("gated", ...flags);
      stage.work("--once");
      const { state, decision } = await stage.ended(id);
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
          image: await readFile(join(stage.folder, "pictures", name, `${at}.png`), "base64"),
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
      const { code, stderr } = await stage.script("jobs", ...args);
      expect(code).toBe(1);
      expect(complaints(stderr)).toEqual([message]);
    };
    await refused(["--bogus"], "error: unknown option '--bogus'");
    await refused(["--size", "3"], "Error: --size: Too small: expected number to be >=16");
    await refused(
      ["--set", "alpha=x"],
      "error: option '--set <name=value>' argument 'alpha=x' is invalid. Not a number.",
    );
    const { code, stderr } = await stage.script("jobs", "follow", "birds");
    expect(code).toBe(1);
    expect(complaints(stderr)).toEqual([
      'Error: "birds" is not the id of a job, which has 12 hex digits',
    ]);
  });

  it("fail a job that names a file of the worker's machine", async () => {
    const id = await stage.submit("files", "--init", "/etc/passwd");
    stage.work("--once");
    const job = await stage.ended(id);
    expect(job).toMatchObject({ state: "failed", attempts: 1 });
    expect(job.error?.message).toBe(
      '--init: "/etc/passwd" is a file, and this worker reads none; start it with --weights <folder>',
    );
    const outside = await stage.submit("files", "--init", "../pictures/class-0/0.png");
    const told = await stage.work("--once", "--weights", "runs").ended;
    expect(told.stdout).toContain("is not in the worker's folder of weights; name a file in there");
    expect(await stage.jobs.show(outside)).toMatchObject({ state: "failed", attempts: 1 });
    expect((await stage.script("jobs", "follow", outside)).code).toBe(1);
  });

  it("say of wrong images what npm run train says", async () => {
    await writePictures(join(stage.folder, "single"), CLASSES.slice(0, 1));
    await writePictures(join(stage.folder, "damaged"), CLASSES);
    const image = join(stage.folder, "damaged", "class-3", "0.png");
    await writeFile(image, (await readFile(image)).subarray(0, 40));
    for (const at of [1, 2, 3]) await rm(join(stage.folder, "damaged", "class-5", `${at}.png`));
    stage.work();
    const told = async (name: string) => {
      const id = await stage.submitFor(await stage.push(name), name, "--steps", "5");
      const train = ["--data", name, "--name", name, "--backend", "wasm"];
      const trained = await runScript("train", [...train, ...FLAGS, "--steps", "5"], stage.folder);
      const { state, error } = await stage.ended(id);
      return { id, trained, state, error, log: await stage.log(id) };
    };
    const single = await told("single");
    expect(single.trained.code).toBe(1);
    expect(single.state).toBe("failed");
    expect(complaints(single.trained.stderr)).toEqual([`Error: ${single.error?.message}`]);
    expect((await stage.script("jobs", "show", single.id)).stdout).toContain(
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
    const id = await stage.submit("cancelled", "--steps", "100000");
    const worker = stage.work("--once");
    await stage.until(id, ({ progress }) => progress !== null);
    expect((await stage.script("jobs", "cancel", id)).stdout).toContain(
      "stops at the next heartbeat",
    );
    const { stdout } = await worker.ended;
    expect(stdout).toContain(`Job ${id} is cancelled`);
    expect(worker.processes()).toEqual([]);
    expect(await stage.jobs.show(id)).toMatchObject({ state: "cancelled", checkpointStep: null });
    expect((await stage.registry("/models/cancelled")).status).toBe(404);
    expect((await stage.script("jobs", "follow", id)).code).toBe(1);
  });

  it("go on from the checkpoint of a worker that was told to end, by a registry that often fails", async () => {
    const failing = new Proxy(() => stage.servers.registryUrl);
    const spoilt = spoil(failing);
    const way = ["--registry", await failing.listen(), "--cache", "of-its-own"];
    const id = await stage.submit("handed-on");
    const first = stage.work("--name", "first", ...way);
    await stage.until(id, ({ progress }) => (progress?.step ?? 0) > 0);
    first.terminate();
    const { stdout } = await first.ended;
    expect(stdout).toContain(`Job ${id} is given back: the worker was stopped; another goes on`);
    const given = await stage.jobs.show(id);
    expect(given).toMatchObject({ state: "queued", attempts: 0 });
    expect(given.checkpointStep).toBeGreaterThan(0);
    const second = stage.work("--name", "second", "--once", ...way);
    expect(await stage.ended(id)).toMatchObject({ state: "done", worker: "second", error: null });
    await second.ended;
    failing.close();
    expect(spoilt).toEqual([3, 3, 3]);
    expect(await stage.log(id)).toContain(
      `Goes on from the checkpoint of step ${given.checkpointStep}`,
    );
    await stage.expectSameAsWhole(id, "handed-on");
  });

  it("let a worker that was frozen publish nothing", async () => {
    const id = await stage.submit("frozen");
    const frozen = stage.work("--name", "frozen", "--once");
    await stage.until(id, ({ state }) => state === "running");
    frozen.freeze();
    // The frozen one may hold the lock of its cache.
    stage.work("--name", "second", "--once", "--cache", "other");
    expect(await stage.ended(id)).toMatchObject({ state: "done", worker: "second" });
    frozen.goOn();
    const { stdout } = await frozen.ended;
    expect(stdout).toContain(`Job ${id} is lost: `);
    expect(await stage.jobs.show(id)).toMatchObject({ state: "done", worker: "second" });
    await stage.expectSameAsWhole(id, "frozen");
  });

  it(
    `share ${SHARED} jobs between two workers, so that each is done once`,
    async () => {
      const ids: string[] = [];
      for (let at = 0; at < SHARED; at++) {
        const all = at === 0 ? ["--train-classes", "8"] : [];
        ids.push(await stage.submit(`shared-${at}`, "--steps", "5", ...all));
      }
      stage.work("--name", "one");
      stage.work("--name", "two", "--cache", "other");
      for (const id of ids) {
        const job = await stage.ended(id);
        expect(job).toMatchObject({ state: "done", attempts: 1 });
        expect((await stage.model(job.model)).versions).toHaveLength(1);
        const { events } = await stage.jobs.events(id, 0);
        const states = events.filter(({ kind }) => kind === "state").map(({ data }) => data);
        expect(states).toEqual(["queued", "running", "publishing", "done"]);
      }
      const workers = await Promise.all(ids.map(async (id) => (await stage.jobs.show(id)).worker));
      expect(new Set(workers)).toEqual(new Set(["one", "two"]));
      const { code, stderr } = await stage.script("jobs", "report", ids[0]);
      expect(code).toBe(1);
      expect(complaints(stderr)).toEqual([
        `Error: job ${ids[0]} has no report: To measure takes 2 unseen classes, here are 0 of 8: choose fewer --train-classes.`,
      ]);
    },
    60_000 + SHARED * 10_000,
  );

  it("outlast a registry that is restarted", async () => {
    const id = await stage.submit("outlasted");
    stage.work("--once");
    await stage.until(id, ({ progress }) => (progress?.step ?? 0) > 0);
    await stage.restart();
    expect(await stage.ended(id)).toMatchObject({ state: "done", attempts: 1 });
    await stage.expectSameAsWhole(id, "outlasted");
  });
});

/** A data set with enough classes to hold two out. */
const MANY = Array.from({ length: 13 }, (_, at) => `class-${at}`);
const SPLIT = ["--train-classes", "10"];

describe("npm run paper -- --registry", () => {
  const METHODS = ["pddm-quadruplet", "distilled-softmax"];
  const flags = [
    ...["--data", "many", "--methods", METHODS.join(","), "--seeds", "2", "--backend", "wasm"],
    ...["--size", "16", "--dimensions", "8", "--hidden", "4", "--steps", "4", ...SPLIT],
    ...["--classes-per-batch", "3", "--evaluate-every", "2"],
  ];

  /** The results in a folder, without what differs from one time to the next. */
  async function results(out: string): Promise<unknown> {
    const text = await readFile(join(stage.folder, out, "results.json"), "utf8");
    const timings = new Set(["started", "seconds", "miningCosts"]);
    return JSON.parse(text, (key, value: unknown) => (timings.has(key) ? undefined : value));
  }

  it("lets workers train what paper would train here, with the same figures", async () => {
    await writePictures(join(stage.folder, "many"), MANY);
    const here = await runScript("paper", [...flags, "--out", "here"], stage.folder);
    expect(here.code, here.stderr).toBe(0);

    const waiting = stage.begin("paper", ...flags, "--out", "there");
    await waiting.until((stdout) =>
      stdout.includes("2 jobs submitted, 0 were there: group paper-many-"),
    );
    waiting.pressCtrlC();
    const stopped = await waiting.ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toContain(
      "Stopped. Finished work is saved; the same command continues.",
    );

    stage.work();
    const there = await stage.script("paper", ...flags, "--out", "there");
    expect(complaints(there.stderr)).toEqual([]);
    expect(there.code, there.stdout).toBe(0);
    expect(there.stdout).toContain("0 jobs submitted, 2 were there: group paper-many-");
    expect(await results("there")).toEqual(await results("here"));
    const page = await readFile(join(stage.folder, "there", "report.html"), "utf8");
    expect(page).toContain("data:image/jpeg;base64,");
    expect((await stage.model("paper-many")).channels).toEqual({});
  });
});

describe("npm run jobs -- sweep", () => {
  const group = ["--group", "of-sizes"];
  const flags = ["--dataset", "many", "--model", "swept", ...FLAGS, ...group];
  const sweep = (...more: string[]) => stage.script("jobs", "sweep", ...flags, ...more);

  it("trains every setting with every seed, once, and tells which is best", async () => {
    await writePictures(join(stage.folder, "many"), MANY);
    await stage.script("dataset", "push", "many", "--name", "many");
    const cheap = ["--steps", "4", ...SPLIT, "--seeds", "2"];
    const refused = await sweep(...cheap, "--size", "16,3");
    expect(complaints(refused.stderr)).toEqual([
      "Error: --size: Too small: expected number to be >=16",
    ]);
    expect((await stage.script("jobs", "list", ...group)).stdout).toBe(
      "The registry has no jobs of the group of-sizes.\n",
    );

    const settings = [...cheap, "--learning-rate", "1e-7,0.01"];
    const first = await sweep(...settings);
    expect(first.stderr).toBe("");
    expect(first.stdout).toMatch(
      /^4 jobs of the group of-sizes: --learning-rate 1e-7, 0\.01; seeds 1 to 2\nSubmitted 4\n/,
    );
    expect((await sweep(...settings)).stdout).toContain("Submitted 0; 4 were there already\n");
    const all = await stage.jobs.group("of-sizes");
    expect(all.map(({ promote }) => promote)).toEqual(each(4).map(() => "never"));
    const [last] = all;
    await stage.jobs.cancel(last.id);
    expect((await sweep(...settings)).stdout).toContain("Submitted 1; 3 were there already\n");

    stage.work();
    const followed = await stage.script("jobs", "follow", ...group);
    expect(followed.code, followed.stdout + followed.stderr).toBe(0);
    expect(followed.stdout).not.toContain(last.id);
    const rows = Array.from(
      followed.stdout.matchAll(/^ +--learning-rate (\S+) +2 +(\S+) ±(\S+) +\S+ ±\S+ +\S+ ±\S+$/gm),
      ([, rate, mean, deviation]) => ({ rate, mean, deviation }),
    );
    expect(rows.map(({ rate }) => rate)).toEqual(["1e-7", "0.01"]);
    // By hand, from what each worker has measured.
    const done = (await stage.jobs.group("of-sizes")).filter(({ state }) => state === "done");
    expect(done).toHaveLength(4);
    const found = await Promise.all(
      done.map(async (job) => {
        const it = await fetchMeasures(stage.jobs, job.id);
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

    expect((await stage.model("swept")).channels).toEqual({});
    expect((await stage.script("jobs", "promote", id)).stdout).toContain(`Promoted swept@`);
    expect((await stage.model("swept")).channels.stable.version).toBe(
      chosen?.job.decision?.challenger.version,
    );
    expect((await stage.script("jobs", "cancel", ...group)).stdout).toBe(
      "There is nothing to cancel.\n",
    );
  });
});

describe.runIf(process.platform === "linux")("a worker that is killed", () => {
  it(
    `${KILLS} times, publishes once what it would have without`,
    async () => {
      for (let kills = 0, round = 0; kills < KILLS; round++) {
        const name = `killed-${round}`;
        const id = await stage.submit(name);
        for (let of = 0; of < KILLS_OF_JOB && kills < KILLS; of++, kills++) {
          const worker = stage.work();
          await stage.until(id, ({ state }) => state !== "queued");
          await wait(Math.random() * 4000);
          worker.kill();
          await worker.ended;
        }
        const last = stage.work();
        const job = await stage.ended(id);
        expect(job, job.error?.message).toMatchObject({ state: "done" });
        last.kill();
        await last.ended;
        await stage.expectSameAsWhole(id, name);
      }
    },
    60_000 + KILLS * 30_000,
  );
});
