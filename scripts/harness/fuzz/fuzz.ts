import fc from "fast-check";
import { Connection, NoAnswer } from "./ask.ts";
import { anyCase, type Case, type Kind, type Material, questionOf } from "./cases.ts";
import { examine, type Subject } from "./examine.ts";
import { Tally } from "./tally.ts";
import type { Witness } from "./witnesses.ts";

export interface Options {
  seed: number;
  cases: number;
  /** The kinds of cases; if not given, all. */
  kinds?: readonly Kind[];
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
  counterexample: Case;
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

type Examine = (it: Case, connection: Connection) => Promise<void>;

/** The failure in the details of a run. */
function failureOf(details: fc.RunDetails<[Case]>): Failure | undefined {
  const { counterexample, counterexamplePath, errorInstance, seed } = details;
  if (!counterexample) return undefined;
  const problem = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return { seed, path: counterexamplePath ?? "", counterexample: counterexample[0], problem };
}

/** Asks the cases of one seed, over a connection of its own. */
async function run(
  cases: fc.Arbitrary<Case>,
  check: Examine,
  parameters: fc.Parameters<[Case]>,
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
async function shrink(
  failure: Failure,
  cases: fc.Arbitrary<Case>,
  check: Examine,
  subject: Subject,
  limitMs: number,
): Promise<Failure> {
  const restarting: Examine = async (it, connection) => {
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
export async function fuzz(
  subject: Subject,
  material: Material,
  witnesses: ReadonlyMap<string, Witness>,
  options: Options,
): Promise<Outcome> {
  const { seed, cases, connections, limitMs, path, signal, onCase } = options;
  const all = anyCase(material, options.kinds);
  const tally = new Tally();
  let failed = false;
  const check: Examine = async (it, connection) => {
    const witness = witnesses.get(it.then);
    if (!witness) throw new Error(`no good request is named ${it.then}`);
    const question = questionOf(it, material);
    const reply = await examine(connection, subject, question, witness, limitMs);
    tally.add(it, reply);
  };
  const first: Examine = async (it, connection) => {
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
      return run(all, first, parameters, limitMs);
    }),
  );
  const failure = found.find((it) => it !== undefined);
  if (!failure) return { tally };
  return { tally, failure: await shrink(failure, all, check, subject, limitMs) };
}
