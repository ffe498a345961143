import { join } from "node:path";
import { describeDuration } from "../console/duration.ts";
import type { Say } from "../console/say.ts";
import { METHODS } from "../methods/methods.ts";
import { newRecord } from "../runs/record.ts";
import { Run } from "../runs/run.ts";
import { trainWithProgress } from "../runs/trainWithProgress.ts";
import { DivergedError } from "../training/diverged.ts";
import type { Bench } from "./bench.ts";
import { measureRun } from "./measureRun.ts";
import { configOf, type Plan } from "./plan.ts";
import type { RunResult } from "./runResult.ts";
import { type EndedRun, nameOf, type PlannedRun, runsOf } from "./runs.ts";

/**
 * Trains and measures one run, from where it was stopped.
 *
 * @returns null where it was stopped again
 * @throws DivergedError where it gives no figures
 */
async function complete(
  planned: PlannedRun,
  plan: Plan,
  bench: Bench,
  fingerprint: string,
  say: Say,
  signal: AbortSignal,
): Promise<RunResult | null> {
  const name = nameOf(planned);
  const config = { ...configOf(plan, planned), name };
  const run = new Run(join(plan.folder, name));
  if (!run.exists) await run.create(newRecord(config, fingerprint));
  const { learner, prepared } = await bench.open(config);
  try {
    const outcome = await trainWithProgress(run, config, learner, prepared, say, signal);
    if (!outcome.complete) return null;
    say("measuring on the test classes");
    return await measureRun(run, learner, prepared, config, outcome.seconds);
  } finally {
    learner.dispose();
  }
}

/** Trains runs here, one after the other. A run that diverges does not stop the others. */
export async function* trainHere(
  plan: Plan,
  pending: readonly PlannedRun[],
  bench: Bench,
  fingerprint: string,
  say: Say,
  signal: AbortSignal,
): AsyncGenerator<EndedRun> {
  const order = runsOf(plan).map(nameOf);
  const started = performance.now();
  for (const [at, run] of pending.entries()) {
    const elapsed = (performance.now() - started) / 1000;
    const seconds = (elapsed / at) * (pending.length - at);
    const left = at > 0 ? `, about ${describeDuration(seconds)} left` : "";
    const number = order.indexOf(nameOf(run)) + 1;
    say(`\n[${number}/${order.length}] ${METHODS[run.method].title}, seed ${run.seed}${left}`);
    if (signal.aborted) return;
    try {
      const result = await complete(run, plan, bench, fingerprint, say, signal);
      if (!result) return;
      yield { run, result };
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
      say(error.message);
      yield { run, diverged: error.message };
    }
  }
}
