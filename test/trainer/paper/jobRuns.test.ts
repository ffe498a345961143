import { beforeEach, describe, expect, it } from "vitest";
import { IMAGE_CONTRACT } from "../../../shared/image/contract.ts";
import type { Job } from "../../../shared/jobs/job.ts";
import { trainByJobs } from "../../../trainer/paper/jobRuns.ts";
import type { MeasuredRun } from "../../../trainer/paper/measuredRun.ts";
import type { Plan } from "../../../trainer/paper/plan.ts";
import { type EndedRun, runsOf } from "../../../trainer/paper/runs.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { RegistryOfJobs } from "../jobs/registryOfJobs.ts";
import { runResult } from "./results.ts";

const config = configSchema.parse({ data: "photos/birds", name: "paper", backend: "wasm" });
const plan: Plan = { config, methods: ["lifted", "contrastive"], seeds: [1, 2], folder: "out" };
const dataset = { name: "birds", version: "0123456789abcdef" };
const counts = { train: 4, heldOut: 2, test: 4 };

const measured = (fields: Partial<MeasuredRun> = {}): MeasuredRun => ({
  ...{ config, started: "2026-01-01T00:00:00Z", versions: { images: String(IMAGE_CONTRACT) } },
  data: { layout: "folders", fingerprint: "f", images: counts, classes: counts },
  result: runResult("lifted", 1),
  ...fields,
});

let registry: RegistryOfJobs;
let said: string[];
beforeEach(() => {
  registry = new RegistryOfJobs();
  said = [];
});

/** Submits, lets something become of the jobs, and waits for what the source gives. */
async function runs(become: (job: Job) => void, of = plan): Promise<EndedRun[]> {
  const task = { plan: of, dataset, fingerprint: "f" };
  const { signal } = new AbortController();
  const say = (line: string) => said.push(line);
  const source = await trainByJobs(registry, task, runsOf(of), say, signal);
  for (const job of [...registry.all].reverse()) become(job);
  const ended: EndedRun[] = [];
  for await (const it of source) ended.push(it);
  return ended;
}

const done = (job: Job, it = measured()) => {
  registry.measures.set(job.id, it);
  registry.end(job, "done");
};

describe("runs that are jobs", () => {
  it("are a job for each method and seed, in a group of the experiment", async () => {
    const ended = await runs(done);
    expect(ended).toEqual(runsOf(plan).map((run) => ({ run, result: runResult("lifted", 1) })));
    const jobs = [...registry.all].reverse();
    expect(jobs.map(({ config: { method, seed } }) => [method, seed])).toEqual([
      ...[["lifted", 1] as const, ["contrastive", 1] as const],
      ...[["lifted", 2] as const, ["contrastive", 2] as const],
    ]);
    for (const job of jobs) {
      expect(job).toMatchObject({ dataset, model: "paper-birds", promote: "never" });
      expect(job.requirements).toEqual({ backend: "wasm" });
      expect(job.config).not.toHaveProperty("data");
    }
    // Other seeds belong to the same experiment, another size does not, and the folder's place does not matter.
    await runs(done, { ...plan, seeds: [3], config: { ...config, data: "elsewhere/birds" } });
    expect(new Set(registry.all.map(({ group }) => group)).size).toBe(1);
    await runs(done, { ...plan, config: { ...config, size: 32 } });
    expect(new Set(registry.all.map(({ group }) => group)).size).toBe(2);
    expect(said.filter((line) => line.includes("submitted"))).toHaveLength(3);
  });

  it("tell a divergence, and give the others all the same where one fails", async () => {
    const message = "DIVERGED at step 3: the losses are no longer finite.";
    const diverged = await runs((job) => {
      if (job.config.method === "lifted") registry.end(job, "failed", message);
      else done(job);
    });
    expect(diverged.filter((it) => "diverged" in it)).toEqual([
      { run: { method: "lifted", seed: 1 }, diverged: message },
      { run: { method: "lifted", seed: 2 }, diverged: message },
    ]);
    expect(diverged).toHaveLength(4);

    registry = new RegistryOfJobs();
    const failed = runs((job) => {
      if (job.config.method === "lifted") registry.end(job, "failed", "the disk is full");
      else done(job);
    });
    await expect(failed).rejects.toThrow(
      /^jobs have come to nothing; the same command submits them again:\n +lifted-1 \(job \w+\): the disk is full\n +lifted-2 /,
    );
  });

  it.each([
    [
      "other images",
      measured({ data: { ...measured().data, fingerprint: "g" } }),
      /has trained on other images than those here \(SHA-256 g, here f\)/,
    ],
    ["other pixels", measured({ versions: { images: "0" } }), /makes other pixels of images/],
    [
      "no figures",
      { obstacle: "the report could not be made" },
      /has no figures: the report could not be made; the same command without --registry trains/,
    ],
  ])("are refused with %s", async (_, it, message) => {
    const found = runs((job) => {
      registry.measures.set(job.id, it);
      registry.end(job, "done");
    });
    await expect(found).rejects.toThrow(message);
  });
});
