import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact, Decision, Job, Lease, Progress } from "../../shared/jobs/job.ts";
import type { BackendName } from "../backends/names.ts";
import { describeError } from "../console/main.ts";
import type { Say } from "../console/say.ts";
import { type Fetched, fetchDataset } from "../data/remote/fetchDataset.ts";
import type { Access } from "../registry/ask.ts";
import { DatasetClient } from "../registry/datasets.ts";
import { JobsClient } from "../registry/jobs.ts";
import { ModelsClient } from "../registry/models.ts";
import { LONG_PATIENCE, ONCE } from "../registry/patience.ts";
import { Run } from "../runs/run.ts";
import { UnfitRun } from "../runs/unfitRun.ts";
import { pullWeights } from "../weights/weights.ts";
import { sendArtifacts } from "./artifacts.ts";
import { Checkpoints } from "./checkpoints.ts";
import { compute, ComputeError, type Signals } from "./compute.ts";
import { jobConfig } from "./jobConfig.ts";
import { makeJobFolder } from "./jobFolder.ts";
import { LeaseKeeper, LostJob } from "./leaseKeeper.ts";
import type { Measured, Report, Task } from "./messages.ts";
import { publishJob } from "./publication.ts";
import { unpackRun } from "./snapshot.ts";
import { RUN } from "./trainRun.ts";

export interface WorkOptions {
  url: string;
  token: string;
  backend: BackendName;
  cache: string;
  /** Bytes of data sets. */
  cacheLimit: number;
  /** The folder of pretrained weights; null: there is none. */
  weights: string | null;
  checkpointEveryMs: number;
  say: Say;
}

export type Outcome =
  | { kind: "done"; decision: Decision }
  | { kind: "failed"; message: string; again: boolean }
  | { kind: "stopped" | "lost" | "cancelled"; message: string };

/** The worker is to end. */
class Stopped extends Error {
  override name = "Stopped";
}

/** After a signal to stop, the registry is told within this time, or not at all. */
const FAREWELL_MS = 30_000;

/**
 * Trains to the package.
 *
 * @returns how the process crashed over the report; null: it did not
 * @throws ComputeError, Stopped
 */
async function trainAndReport(
  task: Task,
  hear: (report: Report) => void,
  signals: Signals,
): Promise<string | null> {
  let isPackaged = false;
  const listen = (report: Report) => {
    if (report.kind === "packaged") isPackaged = true;
    hear(report);
  };
  try {
    const end = await compute(task, listen, signals);
    if (end.kind !== "trained" || !end.complete) throw new Stopped("the worker was stopped");
    return null;
  } catch (error) {
    if (isPackaged && error instanceof ComputeError) return error.message;
    throw error;
  }
}

/** What is done for a job, from its lease to its end. */
class JobWork {
  private readonly jobs: JobsClient;
  private readonly models: ModelsClient;
  private readonly keeper: LeaseKeeper;
  private readonly checkpoints: Checkpoints;
  private readonly stopping: AbortSignal;
  /** Of the questions that are asked until the end. */
  private readonly farewell = new AbortController();
  private folder: string | null = null;
  /** Whether the images in the cache are not those of the data set. */
  private isDamaged = false;
  private fetched: Fetched | null = null;

  constructor(
    private readonly lease: Lease,
    private readonly options: WorkOptions,
    private readonly stop: AbortSignal,
  ) {
    const { url, token } = options;
    const forever = new AbortController().signal;
    const pulse = new JobsClient({ url, token, signal: forever, patience: ONCE });
    this.keeper = new LeaseKeeper(pulse, lease);
    this.stopping = AbortSignal.any([stop, this.keeper.signal]);
    const signal = AbortSignal.any([this.keeper.signal, this.farewell.signal]);
    const access: Access = { url, token, signal, patience: LONG_PATIENCE };
    this.jobs = new JobsClient(access);
    this.models = new ModelsClient(access, { id: lease.job.id, token: lease.token });
    const put = (step: number, bytes: Uint8Array<ArrayBuffer>) =>
      this.jobs.putCheckpoint(this.job.id, { token: lease.token, step }, bytes);
    this.checkpoints = new Checkpoints(put, (line) => this.keeper.log(line));
  }

  private get job(): Job {
    return this.lease.job;
  }

  async perform(): Promise<Outcome> {
    let hurry: NodeJS.Timeout | undefined;
    const onStop = () => {
      const reason = new Stopped("the worker was stopped");
      hurry = setTimeout(() => this.farewell.abort(reason), FAREWELL_MS);
    };
    this.stop.addEventListener("abort", onStop, { once: true });
    if (this.stop.aborted) onStop();
    try {
      const decision = await this.train();
      await this.keeper.stop();
      await this.jobs.complete(this.job.id, { token: this.lease.token, decision });
      return { kind: "done", decision };
    } catch (error) {
      this.keeper.notice(error);
      this.isDamaged = error instanceof ComputeError && error.fault === "images";
      return await this.giveUp(error);
    } finally {
      clearTimeout(hurry);
      this.stop.removeEventListener("abort", onStop);
      await this.keeper.stop();
      await this.fetched?.release();
      if (this.isDamaged) await this.fetched?.discard().catch(() => undefined);
      if (this.folder !== null) await rm(this.folder, { recursive: true, force: true });
    }
  }

  private async train(): Promise<Decision> {
    const { job, options, keeper, stopping } = this;
    const { backend, weights, cache, checkpointEveryMs } = options;
    const config = await jobConfig(job, backend, weights).catch((error: unknown) => {
      throw new ComputeError(describe(error), false);
    });
    if (config.init !== undefined) {
      await pullWeights(config.init, (line) => keeper.log(line), stopping);
    }
    const { name, version } = job.dataset;
    const { url, token } = options;
    const patience = LONG_PATIENCE;
    const datasets = new DatasetClient({ url, token, signal: stopping, patience });
    const fetched = await fetchDataset(datasets, name, version, join(cache, "datasets"), {
      ...{ limitBytes: options.cacheLimit, progress: () => undefined, signal: stopping },
    });
    this.fetched = fetched;
    const data = { name, folder: fetched.folder };
    const key = { id: job.id, token: this.lease.token };
    const folder = await makeJobFolder(cache, key, data, weights);
    this.folder = folder;
    const run = new Run(join(folder, RUN));
    if (job.checkpointStep !== null) await this.unpackCheckpoint(run, job.checkpointStep);
    const signals = { kill: keeper.signal, stop: this.stop };
    const hear = this.hearing(config.steps);
    const started = job.created;
    const task = { kind: "train" as const, folder, config, started, checkpointEveryMs };
    const train = () => trainAndReport(task, hear, signals);
    const crash = await train().catch(async (error: unknown) => {
      const { checkpointStep: step } = job;
      if (step === null || !(error instanceof ComputeError && error.fault === "run")) throw error;
      await this.startOver(run, step, error.message);
      return train();
    });
    await this.checkpoints.flush();
    keeper.signal.throwIfAborted();
    const put = (name: Artifact, bytes: Uint8Array<ArrayBuffer>) =>
      this.jobs.putArtifact(job.id, { token: this.lease.token, name }, bytes);
    await sendArtifacts(folder, crash, { put, say: (line) => keeper.log(line) });
    await keeper.startPublishing();
    const measure = async (champion: string | null): Promise<Measured> => {
      const report = await compute(
        {
          kind: "measure",
          ...{ folder, challenger: run.packageFolder, champion, data: fetched.folder },
          ...{ trainClasses: config.trainClasses, seed: config.seed },
        },
        hear,
        signals,
      );
      if (report.kind !== "measured") throw new Stopped("the worker was stopped");
      return report.measured;
    };
    return publishJob({ models: this.models, job, folder, measure }, run.packageFolder);
  }

  /** Gets what the workers before have done. */
  private async unpackCheckpoint(run: Run, step: number): Promise<void> {
    try {
      const archive = await this.jobs.checkpoint(this.job.id, this.lease.token);
      if (!archive) return await this.startOver(run, step, "the registry no longer has it");
      await unpackRun(archive, run.folder);
      this.keeper.log(`Goes on from the checkpoint of step ${step}`);
    } catch (error) {
      if (!(error instanceof UnfitRun)) throw error;
      await this.startOver(run, step, error.problem);
    }
  }

  /** Removes a run that nobody can go on with. The next checkpoint replaces that of the registry. */
  private async startOver(run: Run, step: number, problem: string): Promise<void> {
    this.keeper.log(
      `The checkpoint of step ${step} is of no use: ${problem}; starts from the beginning`,
    );
    await rm(run.folder, { recursive: true, force: true });
  }

  /** Passes on what the process tells. */
  private hearing(steps: number): (report: Report) => void {
    let progress: Progress = { step: 0, steps, loss: null, recall: null, imagesPerSecond: null };
    return (report) => {
      if (report.kind === "say") this.keeper.log(report.line);
      else if (report.kind === "checkpoint") this.checkpoints.add(report);
      else if (report.kind === "step" || report.kind === "evaluation") {
        const { kind: _, ...found } = report;
        progress = { ...progress, ...found };
        this.keeper.report(progress);
      }
    };
  }

  /** Tells the registry why the job is not done, unless it is no longer this worker's. */
  private async giveUp(error: unknown): Promise<Outcome> {
    const reason: unknown = this.keeper.signal.aborted ? this.keeper.signal.reason : error;
    if (reason instanceof LostJob) return { kind: reason.why, message: reason.message };
    const isStop = this.stop.aborted && !(error instanceof ComputeError);
    await this.checkpoints.flush();
    const message = isStop ? "the worker was stopped; another goes on" : describe(error);
    // A disk may have room again and a registry be reachable; what the trainer refuses, it refuses again.
    const retry = error instanceof ComputeError ? error.retry : true;
    const failure = { message: message.slice(0, 4000), log: [...this.keeper.lastLines] };
    await this.keeper.stop();
    try {
      const { id } = this.job;
      const { state } = await this.jobs.fail(id, {
        token: this.lease.token,
        error: failure,
        retry,
        stopped: isStop,
      });
      if (isStop) return { kind: "stopped", message };
      return { kind: "failed", message, again: state === "queued" };
    } catch (refusal) {
      this.keeper.notice(refusal);
      const lost: unknown = this.keeper.signal.reason;
      if (lost instanceof LostJob) return { kind: lost.why, message: lost.message };
      // The lease will end by itself.
      return { kind: "lost", message: `${message}; ${describe(refusal)}` };
    }
  }
}

const describe = (error: unknown): string =>
  error instanceof ComputeError ? error.message : describeError(error).replace(/^Error: /, "");

/**
 * Does a job that this worker has claimed: fetches the data set, trains on it, goes on from the last checkpoint if there
 * is one, sends the report, publishes the model and, if the gate says so, promotes it.
 *
 * @param stop aborting it saves a checkpoint and gives the job back
 */
export function workOn(lease: Lease, options: WorkOptions, stop: AbortSignal): Promise<Outcome> {
  return new JobWork(lease, options, stop).perform();
}
