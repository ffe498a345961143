import { join } from "node:path";
import { UserError } from "../error.ts";
import { type MethodName, METHODS } from "../methods/methods.ts";
import type { Config } from "../runs/config.ts";
import { trainWithProgress } from "../runs/trainWithProgress.ts";
import { describeDuration } from "../console/duration.ts";
import type { Say } from "../console/say.ts";
import { newRecord } from "../runs/record.ts";
import { Run } from "../runs/run.ts";
import { DivergedError } from "../training/diverged.ts";
import type { Bench } from "./bench.ts";
import { measureRun } from "./measureRun.ts";
import { type Plan, withMethod } from "./plan.ts";
import { type DivergedRun, type MethodResult, methodResult } from "./result.ts";
import { keepRunResult, readRunResult, type RunResult } from "./runResult.ts";

/** A run to train and measure. */
interface Job {
  method: MethodName;
  seed: number;
}

/**
 * Trains and measures one run, from where it was stopped.
 *
 * @returns null where it was stopped again
 * @throws DivergedError where it gives no figures
 */
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
  try {
    const outcome = await trainWithProgress(run, config, learner, prepared, say, signal);
    if (!outcome.complete) return null;
    say("measuring on the test classes");
    const result = await measureRun(run, learner, prepared, config, outcome.seconds);
    await keepRunResult(run.folder, result);
    return result;
  } finally {
    learner.dispose();
  }
}

/** What all runs gave. */
interface Runs {
  /** Those with a run that gave figures; one at least. */
  methods: MethodResult[];
  diverged: DivergedRun[];
}

/**
 * Trains every method with every seed; what is done already is read. A run that diverges does not stop the
 * others.
 *
 * @returns null where stopped
 * @throws UserError where every run diverges
 */
export async function runAll(
  plan: Plan,
  bench: Bench,
  fingerprint: string,
  say: Say,
  signal: AbortSignal,
): Promise<Runs | null> {
  // Seeds outermost: stopped half-way, all methods can be compared.
  const jobs = plan.seeds.flatMap((seed) => plan.methods.map((method): Job => ({ method, seed })));
  const runs = new Map<Job, RunResult>();
  for (const job of jobs) {
    const kept = await readRunResult(join(plan.folder, `${job.method}-${job.seed}`));
    if (kept) runs.set(job, kept);
  }
  if (runs.size > 0) say(`${runs.size} of ${jobs.length} runs are done already`);
  const pending = jobs.filter((job) => !runs.has(job));
  const diverged: DivergedRun[] = [];
  const started = performance.now();
  for (const [at, job] of pending.entries()) {
    const elapsed = (performance.now() - started) / 1000;
    const left =
      at > 0 ? `, about ${describeDuration((elapsed / at) * (pending.length - at))} left` : "";
    const number = jobs.indexOf(job) + 1;
    say(`\n[${number}/${jobs.length}] ${METHODS[job.method].title}, seed ${job.seed}${left}`);
    if (signal.aborted) return null;
    try {
      const result = await complete(job, plan, bench, fingerprint, say, signal);
      if (!result) return null;
      runs.set(job, result);
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
      say(error.message);
      diverged.push({ ...job, message: error.message });
    }
  }
  const methods = plan.methods.flatMap((method) => {
    const own = jobs.flatMap((job) => {
      const run = job.method === method && runs.get(job);
      return run ? [{ seed: job.seed, ...run }] : [];
    });
    return own.length > 0 ? [methodResult(method, own)] : [];
  });
  if (methods.length === 0) {
    throw new UserError(`no run gave figures; the last one: ${diverged.at(-1)?.message ?? ""}`);
  }
  return { methods, diverged };
}
