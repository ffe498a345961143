import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command as Parser } from "commander";
import { expect, inject } from "vitest";
import * as z from "zod";
import { configOptions, givenOptions } from "../../scripts/lib/flags.ts";
import { describeEvent, jobConfig } from "../../scripts/lib/jobs.ts";
import { runServers, type Servers } from "../../scripts/lib/serve.ts";
import { type Job, progressSchema } from "../../shared/jobs/job.ts";
import { parseManifest } from "../../shared/package/manifest.ts";
import { fetchMeasures } from "../../trainer/jobs/fetchMeasures.ts";
import { JobsClient } from "../../trainer/registry/jobs.ts";
import { type Command, type Output, runScript, startScript } from "../scripts/command.ts";
import { writePictures } from "../scripts/tinyFolder.ts";
import { readSteps } from "./metrics.ts";
import { freePort } from "./ports.ts";
import { registryKeys, TOKEN, WORKER_TOKEN } from "./servers.ts";

/** Longer than anything that a test waits for. */
const PATIENCE_MS = 60_000;

/** Of the data set "pictures". */
export const CLASSES = Array.from({ length: 8 }, (_, at) => `class-${at}`);

export const FLAGS = ["--size", "16", "--steps", "30", "--classes-per-batch", "3"];
const EVALUATIONS = ["--evaluate-every", "10"];

const modelSchema = z.object({
  versions: z.array(z.object({ version: z.string() })),
  channels: z.record(z.string(), z.object({ version: z.string() })),
});

export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A registry with the data set "pictures" and leases of two seconds, a folder in which commands run, and the run
 * "whole" in it: one of the configuration of jobs, that nobody disturbed.
 */
export class JobsStage {
  private readonly started: Command[] = [];
  /** The figures of the first job that was done: all of the same configuration have the same, disturbed or not. */
  private figures: unknown;
  /** The data set "pictures". */
  private pictures = { name: "pictures", version: "" };

  private constructor(
    readonly folder: string,
    /** Of the local R2. */
    readonly persist: string,
    private readonly registryPort: number,
    public servers: Servers,
    readonly jobs: JobsClient,
  ) {}

  static async open(): Promise<JobsStage> {
    const folder = await mkdtemp(join(tmpdir(), "pddm-jobs-"));
    const persist = await mkdtemp(join(tmpdir(), "pddm-r2-"));
    const port = await freePort();
    const servers = await start(persist, port);
    const signal = new AbortController().signal;
    const patience = { attempts: 1, firstWaitMs: 0 };
    const jobs = new JobsClient({ url: servers.registryUrl, token: TOKEN, signal, patience });
    const stage = new JobsStage(folder, persist, port, servers, jobs);
    await writePictures(join(folder, "pictures"), CLASSES);
    stage.pictures = await stage.push("pictures");
    const whole = ["--data", "pictures", "--name", "whole", "--backend", "wasm"];
    const trained = await runScript("train", [...whole, ...FLAGS, ...EVALUATIONS], folder);
    expect(trained.code, trained.stderr).toBe(0);
    return stage;
  }

  async close(): Promise<void> {
    await this.servers.stop();
    await rm(this.folder, { recursive: true, force: true });
    await rm(this.persist, { recursive: true, force: true });
  }

  /** Stops the registry for a second. */
  async restart(): Promise<void> {
    await this.servers.stop();
    await wait(1000);
    this.servers = await start(this.persist, this.registryPort);
  }

  /** Ends the workers that a test has left. */
  clear(): void {
    for (const command of this.started.splice(0)) command.kill();
  }

  /** Starts a command with the key of who submits. */
  begin(name: "dataset" | "jobs" | "paper", ...args: string[]): Command {
    const all = [...args, "--registry", this.servers.registryUrl];
    const command = startScript(name, all, this.folder, { REGISTRY_TOKEN: TOKEN });
    this.started.push(command);
    return command;
  }

  /** Runs such a command to its end. */
  script(...command: Parameters<JobsStage["begin"]>): Promise<Output> {
    return this.begin(...command).ended;
  }

  /** Pushes a folder as a data set of its name. */
  async push(name: string): Promise<Job["dataset"]> {
    const { stdout, stderr } = await this.script("dataset", "push", name, "--name", name);
    const [, version] = /^Pushed [\w-]+@(\w+)/m.exec(stdout) ?? [];
    if (version === undefined) throw new Error(`not pushed: ${stderr}`);
    return { name, version };
  }

  /** Submits by the command line. @returns the id of the job */
  async submitTyped(model: string): Promise<string> {
    const args = ["submit", "--dataset", "pictures", "--model", model];
    const { code, stdout, stderr } = await this.script("jobs", ...args, ...FLAGS, ...EVALUATIONS);
    expect(code, stderr).toBe(0);
    const [, id = ""] = /^Submitted job ([0-9a-f]{12}):/.exec(stdout) ?? [];
    return id;
  }

  /** Submits what the command line would, without the second that it takes to start. @returns the id of the job */
  submit(model: string, ...flags: string[]): Promise<string> {
    return this.submitFor(this.pictures, model, ...EVALUATIONS, ...flags);
  }

  /** @returns the id of the job */
  async submitFor(dataset: Job["dataset"], model: string, ...flags: string[]): Promise<string> {
    const parser = new Parser();
    for (const option of configOptions()) parser.addOption(option);
    parser.parse([...FLAGS, ...flags], { from: "user" });
    const { id } = await this.jobs.submit({
      ...{ dataset, model, promote: "if-better", channel: "stable" },
      ...{ ...jobConfig(givenOptions(parser), dataset.name, model), group: null },
    });
    return id;
  }

  /** Starts a worker that sends checkpoints all the time. */
  work(...flags: string[]): Command {
    const args = ["--registry", this.servers.registryUrl, "--backend", "wasm", "--cache", "cache"];
    const all = [...args, "--checkpoint-every", "0.001", ...flags];
    const command = startScript("worker", all, this.folder, { REGISTRY_TOKEN: WORKER_TOKEN });
    this.started.push(command);
    return command;
  }

  /** Waits until a job is so. */
  async until(id: string, condition: (job: Job) => boolean): Promise<Job> {
    const started = performance.now();
    for (;;) {
      // A registry that restarts does not answer.
      const job = await this.jobs.show(id).catch(() => null);
      if (job && condition(job)) return job;
      if (performance.now() - started > PATIENCE_MS) {
        throw new Error(`the job takes too long: ${JSON.stringify(job)}`);
      }
      await wait(50);
    }
  }

  ended(id: string): Promise<Job> {
    return this.until(id, ({ state }) => ["done", "failed", "cancelled"].includes(state));
  }

  /** The lines of its log. */
  async log(id: string): Promise<string[]> {
    const { events } = await this.jobs.events(id, 0);
    return events.filter(({ kind }) => kind === "log").flatMap(describeEvent);
  }

  async registry(path: string): Promise<Response> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    return fetch(new URL(path, this.servers.registryUrl), { headers });
  }

  async model(name: string): Promise<z.infer<typeof modelSchema>> {
    return modelSchema.parse(await (await this.registry(`/models/${name}`)).json());
  }

  /** What was measured of a network, without what differs from job to job. */
  private async measured(id: string): Promise<unknown> {
    const it = await fetchMeasures(this.jobs, id);
    if (!it || "obstacle" in it) throw new Error(`job ${id} was not measured: ${it?.obstacle}`);
    const { seconds: _, ...result } = it.result;
    return { data: it.data, result };
  }

  /** Compares what a job has published, and the losses that it told, with the run that nobody disturbed. */
  async expectSameAsWhole(id: string, name: string): Promise<void> {
    const { versions } = await this.model(name);
    expect(versions).toHaveLength(1);
    const files = `/models/${name}/${versions[0].version}/package`;
    const manifest = await parseManifest(
      await (await this.registry(`${files}/manifest.json`)).text(),
    );
    expect(manifest.training.dataset.name).toBe("pictures");
    expect(JSON.stringify(manifest)).not.toContain(this.folder);
    const weights = await (await this.registry(`${files}/weights.safetensors`)).arrayBuffer();
    const whole = join(this.folder, "runs", "whole");
    const expected = await readFile(join(whole, "package", "weights.safetensors"));
    expect(Buffer.from(weights).equals(expected)).toBe(true);
    const losses = new Map(readSteps(whole).map(({ step, loss }) => [step, loss]));
    const { events } = await this.jobs.events(id, 0);
    const told = events.filter(({ kind }) => kind === "progress");
    for (const { data } of told) {
      const { step, loss } = progressSchema.parse(data);
      expect(loss).toBe(losses.get(step));
    }
    expect(told.length).toBeGreaterThan(0);
    this.figures ??= await this.measured(id);
    expect(await this.measured(id)).toEqual(this.figures);
  }
}

async function start(persist: string, registryPort: number): Promise<Servers> {
  return runServers(inject("workers"), {
    ...{ port: 0, registryPort, persist, token: TOKEN },
    variables: { REFRESH_SECONDS: "0" },
    registryVariables: { LEASE_SECONDS: "2", API_KEYS: await registryKeys() },
  });
}
