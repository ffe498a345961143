import { join } from "node:path";
import * as z from "zod";
import { openBackend } from "../backends/open.ts";
import type { Config } from "../runs/config.ts";
import type { Dataset } from "../data/folder.ts";
import type { Split } from "../data/split.ts";
import { UserError } from "../error.ts";
import { backboneFeatures } from "../training/head.ts";
import { defaultsOf, type MethodName, METHODS } from "../methods/methods.ts";
import { trainWithProgress } from "../runs/pipeline.ts";
import { loadData, type Say } from "../runs/prepare.ts";
import { newRecord, Run, type RunRecord } from "../runs/run.ts";
import { Bench } from "./bench.ts";
import { type Control, featureControls, pixelControl, rankByCosine } from "./controls.ts";
import { measureRun } from "./measureRun.ts";
import { measureMiningCost, type MiningCost } from "./miningCost.ts";
import { type MethodResult, methodResult, type PaperResult } from "./result.ts";
import {
  controlFiguresSchema,
  keep,
  keepRunResult,
  readKept,
  readRunResult,
  type RunResult,
} from "./runResult.ts";

/** What is to be compared. */
export interface Plan {
  /** The config of all runs, but for what is each run's own (`sharedOf`). */
  config: Config;
  methods: readonly MethodName[];
  seeds: readonly number[];
  /** Where runs and results go. */
  folder: string;
}

/** Name, seed and method are each run's own, and so are the hyperparameters: the method's defaults. */
const sharedOf = ({ name: _, seed: __, method: ___, hyperparameters: ____, ...shared }: Config) =>
  shared;

const withMethod = (config: Config, method: MethodName): Config => ({
  ...config,
  method,
  hyperparameters: { ...defaultsOf(method) },
});

/** Opens the folder: a new one is recorded, an old one must hold the same experiment. */
async function openFolder({ folder, config }: Plan, { fingerprint }: Dataset): Promise<RunRecord> {
  const kept = new Run(folder);
  if (!kept.exists) {
    const record = newRecord(config, fingerprint);
    await kept.create(record);
    return record;
  }
  const record = await kept.record();
  if (record.fingerprint !== fingerprint) {
    throw new UserError(
      `${config.data} has changed since ${folder} was begun; choose another --out`,
    );
  }
  const shared = (it: Config) =>
    new Map<string, string | number | undefined>(Object.entries(sharedOf(it)));
  const [before, now] = [shared(record.config), shared(config)];
  const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
    (key) => before.get(key) !== now.get(key),
  );
  if (changed.length > 0) {
    const list = changed.map(
      (key) => `${key} ${before.get(key) ?? "unset"}, now ${now.get(key) ?? "unset"}`,
    );
    throw new UserError(
      `${folder} was begun with another configuration (${list.join("; ")}); choose another --out`,
    );
  }
  return record;
}

const baselinesSchema = z.object({
  controls: z.array(controlFiguresSchema.extend({ title: z.string(), dimensions: z.number() })),
  miningCosts: z.array(
    z.object({
      batch: z.number(),
      scores: z.number(),
      hardest: z.number(),
      everyPositive: z.number(),
    }),
  ),
});

/** What is measured once and not per run; kept, so that starting again does not repeat it. */
async function baselines(
  { config: given, folder }: Plan,
  bench: Bench,
  say: Say,
): Promise<{ controls: Control[]; miningCosts: MiningCost[] }> {
  const path = join(folder, "controls.json");
  const kept = await readKept(path, baselinesSchema);
  if (kept) return kept;
  const config = withMethod(given, "pddm-quadruplet");
  const { learner, prepared } = await bench.open(config);
  const { data, split, body, inputs } = prepared;
  const { seed } = config;
  say("Controls that need no training");
  const controls = [await pixelControl(data, split.test, seed)];
  const { backbone, trunk } = body;
  if (backbone) {
    const embed = (items: readonly number[]) => {
      const embeddings = backboneFeatures({ backbone, trunk }, inputs, items);
      const labels = items.map((item) => data.labels[item]!);
      return { embeddings, d: embeddings.length / items.length, labels };
    };
    const [train, test] = [embed(split.train), embed(split.test)];
    controls.push(...featureControls(train, test, config.dimensions, seed));
  }
  const start = learner.embed(inputs, split.test, data.labels);
  controls.push({
    title: "the network before training",
    dimensions: start.d,
    ...rankByCosine(start, seed),
  });
  const miningCosts = measureMiningCost(learner.similarity, learner.dimensions);
  learner.dispose();
  await keep(path, { controls, miningCosts });
  return { controls, miningCosts };
}

interface Job {
  method: MethodName;
  seed: number;
}

/** Trains and measures one run, from where it was stopped. @returns null where it was stopped again */
async function complete(
  { method, seed }: Job,
  { folder, config: given }: Plan,
  bench: Bench,
  fingerprint: string,
  say: Say,
  signal: AbortSignal,
): Promise<RunResult | null> {
  const name = `${method}-${seed}`;
  const config: Config = { ...withMethod(given, method), name, seed };
  const run = new Run(join(folder, name));
  if (!run.exists) await run.create(newRecord(config, fingerprint));
  const { learner, prepared } = await bench.open(config);
  const before = await run.restore(new Map());
  const started = performance.now();
  const outcome = await trainWithProgress(run, config, learner, prepared, say, signal);
  const seconds = (performance.now() - started) / 1000;
  if (!outcome.complete) {
    learner.dispose();
    return null;
  }
  say("measuring on the test classes");
  const lines = await run.evaluations();
  const result = {
    ...measureRun(learner, prepared, config, await run.decisions()),
    // Of all steps, as if it had not been stopped.
    seconds: outcome.done > before ? (seconds * outcome.done) / (outcome.done - before) : null,
    curve: lines.map(({ step, evaluation: { recallByD, spread } }) => ({
      step,
      recallAt1: recallByD["1"]!,
      ...spread,
    })),
    collapse: lines.at(-1)?.collapse ?? null,
  };
  learner.dispose();
  await keepRunResult(run.folder, result);
  return result;
}

const duration = (seconds: number) =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/** Trains every method with every seed; what is done already is read. @returns null where stopped */
async function runAll(
  plan: Plan,
  bench: Bench,
  fingerprint: string,
  say: Say,
  signal: AbortSignal,
): Promise<MethodResult[] | null> {
  // Seeds outermost: stopped half-way, all methods can be compared.
  const jobs = plan.seeds.flatMap((seed) => plan.methods.map((method): Job => ({ method, seed })));
  const runs = new Map<Job, RunResult>();
  for (const job of jobs) {
    const kept = await readRunResult(join(plan.folder, `${job.method}-${job.seed}`));
    if (kept) runs.set(job, kept);
  }
  if (runs.size > 0) say(`${runs.size} of ${jobs.length} runs are done already`);
  const pending = jobs.filter((job) => !runs.has(job));
  const started = performance.now();
  for (const [at, job] of pending.entries()) {
    const elapsed = (performance.now() - started) / 1000;
    const left = at > 0 ? `, about ${duration((elapsed / at) * (pending.length - at))} left` : "";
    const number = jobs.indexOf(job) + 1;
    say(`\n[${number}/${jobs.length}] ${METHODS[job.method].title}, seed ${job.seed}${left}`);
    const result = signal.aborted
      ? null
      : await complete(job, plan, bench, fingerprint, say, signal);
    if (!result) return null;
    runs.set(job, result);
  }
  return plan.methods.map((method) =>
    methodResult(
      method,
      jobs.flatMap((job) => {
        const run = job.method === method && runs.get(job);
        return run ? { seed: job.seed, ...run } : [];
      }),
    ),
  );
}

const countClasses = ({ labels }: Dataset, items: readonly number[]) =>
  new Set(items.map((item) => labels[item])).size;

function about(data: Dataset, { train, heldOut, test }: Split): PaperResult["data"] {
  const classes = (items: readonly number[]) => countClasses(data, items);
  return {
    layout: data.layout,
    fingerprint: data.fingerprint,
    images: { train: train.length, heldOut: heldOut.length, test: test.length },
    classes: { train: classes(train), heldOut: classes(heldOut), test: classes(test) },
  };
}

/**
 * Trains all methods with the same network, batches, budget and seeds, and measures them. Stopped and
 * started again it goes on: runs that are done are not trained again.
 *
 * @param signal aborting it saves the run that is training and stops
 * @returns what was found, and the images that it was found on; null where it was stopped
 * @throws UserError where data, network or weights are wrong, or the folder holds another experiment
 */
export async function runExperiment(
  plan: Plan,
  say: Say,
  signal: AbortSignal,
): Promise<{ result: PaperResult; data: Dataset } | null> {
  const { config, seeds } = plan;
  await openBackend(config.backend, say);
  const { data, split } = await loadData(config, say);
  if (countClasses(data, split.test) < 2) {
    throw new UserError(
      `no two classes of ${config.data} are left to test on; choose fewer --train-classes`,
    );
  }
  const { started, versions } = await openFolder(plan, data);
  const bench = new Bench(data, split, say, signal);
  const found = await baselines(plan, bench, say);
  const methods = await runAll(plan, bench, data.fingerprint, say, signal);
  if (!methods) return null;
  const result = {
    config: sharedOf(config),
    seeds: [...seeds],
    data: about(data, split),
    started,
    versions,
    ...found,
    methods,
  };
  return { result, data };
}
