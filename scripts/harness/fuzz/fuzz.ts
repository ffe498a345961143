import fc from "fast-check";
import { Connection, NoAnswer, type Reply } from "./ask.ts";
import type { Subject } from "./examine.ts";
import { Tally } from "./tally.ts";

/** A Worker with the cases for it. */
export interface Target<C> {
  subject: Subject;
  cases: fc.Arbitrary<C>;
  /** The kind of a case, in the words of the tally. */
  kindOf: (it: C) => string;
  /**
   * Asks a case, and checks that the Worker takes no harm.
   *
   * @returns null if the case hangs up
   * @throws Broken, NoAnswer
   */
  examine: (it: C, connection: Connection) => Promise<Reply | null>;
}

export interface Options {
  seed: number;
  cases: number;
  /** How many connections ask at the same time. A failing case is then asked again alone. */
  connections: number;
  /** How long each answer may take. */
  limitMs: number;
  /** A failure to repeat, in fast-check's notation. */
  path?: string;
  signal?: AbortSignal;
  onCase?: (done: number) => void;
}

/** A case that failed, made as small as possible. */
export interface Failure {
  seed: number;
  path: string;
  counterexample: unknown;
  /** What is wrong. */
  problem: string;
}

export interface Outcome {
  tally: Tally;
  failure?: Failure;
}

/** After this many times the limit, an answer is given up. */
const PATIENCE = 10;

const SHRINK_MS = 120_000;

type Check<C> = (it: C, connection: Connection) => Promise<void>;

/** The failure in the details of a run. */
function failureOf<C>(details: fc.RunDetails<[C]>): Failure | undefined {
  const { counterexample, counterexamplePath, errorInstance, seed } = details;
  if (!counterexample) return undefined;
  const problem = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return { seed, path: counterexamplePath ?? "", counterexample: counterexample[0], problem };
}

/** Asks the cases of one seed, over a connection of its own. */
async function run<C>(
  cases: fc.Arbitrary<C>,
  check: Check<C>,
  parameters: fc.Parameters<[C]>,
  limitMs: number,
): Promise<Failure | undefined> {
  const connection = new Connection(PATIENCE * limitMs);
  try {
    const property = fc.asyncProperty(cases, (it) => check(it, connection));
    return failureOf(await fc.check(property, parameters));
  } finally {
    connection.close();
  }
}

/** Asks a failing case again, alone, and makes it smaller. */
async function shrink<C>(
  failure: Failure,
  { cases, subject }: Target<C>,
  check: Check<C>,
  limitMs: number,
): Promise<Failure> {
  const restarting: Check<C> = async (it, connection) => {
    try {
      await check(it, connection);
    } catch (error) {
      if (error instanceof NoAnswer) await subject.restart?.();
      throw error;
    }
  };
  await subject.restart?.();
  const { seed, path } = failure;
  const again = await run(
    cases,
    restarting,
    { seed, path, numRuns: 1, interruptAfterTimeLimit: SHRINK_MS },
    limitMs,
  );
  return again ?? { ...failure, problem: `${failure.problem} (but not when asked alone)` };
}

/** Asks bad questions until one fails, or all are asked. */
export async function fuzz<C>(target: Target<C>, options: Options): Promise<Outcome> {
  const { seed, cases, connections, limitMs, path, signal, onCase } = options;
  const tally = new Tally();
  let failed = false;
  const check: Check<C> = async (it, connection) => {
    tally.add(target.kindOf(it), await target.examine(it, connection));
  };
  const first: Check<C> = async (it, connection) => {
    // Ends this connection's run.
    if (failed || signal?.aborted) throw new fc.PreconditionFailure(true);
    try {
      await check(it, connection);
    } catch (error) {
      failed = true;
      throw error;
    }
    onCase?.(tally.cases);
  };
  const lanes = path === undefined ? connections : 1;
  const found = await Promise.all(
    Array.from({ length: lanes }, (_, lane) => {
      const numRuns = Math.ceil((cases - lane) / lanes);
      const parameters = { seed: seed + lane, path, numRuns, endOnFailure: true };
      return run(target.cases, first, parameters, limitMs);
    }),
  );
  const failure = found.find((it) => it !== undefined);
  if (!failure) return { tally };
  return { tally, failure: await shrink(failure, target, check, limitMs) };
}
