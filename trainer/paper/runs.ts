import { join } from "node:path";
import { UserError } from "../error.ts";
import type { MethodName } from "../methods/methods.ts";
import type { Say } from "../console/say.ts";
import type { Plan } from "./plan.ts";
import { type DivergedRun, type MethodResult, methodResult } from "./result.ts";
import { keepRunResult, readRunResult, type RunResult } from "./runResult.ts";

/** A run to train and measure. */
export interface PlannedRun {
  method: MethodName;
  seed: number;
}

/** A run that has ended: with figures, or with the reason why training diverged. */
export type EndedRun = { run: PlannedRun } & ({ result: RunResult } | { diverged: string });

/**
 * Trains and measures runs, somewhere, and gives them in the order in which they end. Where it is stopped, it gives no
 * more.
 */
export type RunSource = AsyncIterable<EndedRun>;

/** Seeds outermost: stopped half-way, all methods can be compared. */
export const runsOf = ({ methods, seeds }: Plan): PlannedRun[] =>
  seeds.flatMap((seed) => methods.map((method): PlannedRun => ({ method, seed })));

export const nameOf = ({ method, seed }: PlannedRun): string => `${method}-${seed}`;

const folderOf = ({ folder }: Plan, run: PlannedRun) => join(folder, nameOf(run));

/** Figures of runs, by their names. */
type Results = Map<string, RunResult>;

/** What is done already, and the runs that are not. */
export async function readDone(
  plan: Plan,
  say: Say,
): Promise<{ results: Results; pending: PlannedRun[] }> {
  const all = runsOf(plan);
  const results: Results = new Map();
  for (const run of all) {
    const kept = await readRunResult(folderOf(plan, run));
    if (kept) results.set(nameOf(run), kept);
  }
  if (results.size > 0) say(`${results.size} of ${all.length} runs are done already`);
  return { results, pending: all.filter((run) => !results.has(nameOf(run))) };
}

/** What all runs gave. */
interface Runs {
  /** Those with a run that gave figures; one at least. */
  methods: MethodResult[];
  diverged: DivergedRun[];
}

/**
 * Takes the figures of the runs that are not done from a source, and keeps each.
 *
 * @returns null where the source was stopped
 * @throws UserError where every run diverges
 */
export async function gatherRuns(
  plan: Plan,
  { results, pending }: Awaited<ReturnType<typeof readDone>>,
  source: RunSource,
): Promise<Runs | null> {
  const found: Results = new Map(results);
  const diverged: DivergedRun[] = [];
  for await (const ended of source) {
    const { run } = ended;
    if ("diverged" in ended) diverged.push({ ...run, message: ended.diverged });
    else {
      await keepRunResult(folderOf(plan, run), ended.result);
      found.set(nameOf(run), ended.result);
    }
  }
  if (found.size + diverged.length < results.size + pending.length) return null;
  const all = runsOf(plan);
  const methods = plan.methods.flatMap((method) => {
    const own = all.flatMap((run) => {
      const result = run.method === method && found.get(nameOf(run));
      return result ? [{ seed: run.seed, ...result }] : [];
    });
    return own.length > 0 ? [methodResult(method, own)] : [];
  });
  if (methods.length === 0) {
    throw new UserError(`no run gave figures; the last one: ${diverged.at(-1)?.message ?? ""}`);
  }
  const order = all.map(nameOf);
  return {
    methods,
    diverged: diverged.sort((a, b) => order.indexOf(nameOf(a)) - order.indexOf(nameOf(b))),
  };
}
