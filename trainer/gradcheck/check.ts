import { setImmediate } from "node:timers/promises";
import type { BackendName } from "../backends/names.ts";
import type { Case } from "./case.ts";
import { CASES } from "./cases/all.ts";
import { compare, worstOf } from "./compare.ts";

/** The largest relative error that passes. Rounding causes about 1e-6, in whole networks 1e-4. */
export const BOUND = 1e-3;

/** The outcome of a case on a backend. */
export interface Outcome {
  topic: string;
  name: string;
  /** The relative error of the value and of every gradient, by name. Empty if the case did not run. */
  errors: Record<string, number>;
  /** Whether the case passed, or null if the backend does not run it. */
  passed: boolean | null;
  /** Why the case did not run. */
  reason?: string;
}

/**
 * Runs every case on the active backend.
 *
 * @param backend the name of the active backend
 * @param onTopic receives the outcomes of a topic when it is done
 * @param signal aborting it ends the check after the current case
 * @returns the outcomes so far
 */
export async function check(
  backend: BackendName,
  onTopic: (outcomes: Outcome[]) => void,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const all: Outcome[] = [];
  for (const [topic, cases] of Object.entries(CASES)) {
    const outcomes: Outcome[] = [];
    for (const it of cases) {
      // Lets Node handle Ctrl-C, which is blocked while a case computes.
      await setImmediate();
      if (signal.aborted) return all;
      outcomes.push({ topic, name: it.name, ...(await checkCase(it, backend)) });
    }
    onTopic(outcomes);
    all.push(...outcomes);
  }
  return all;
}

async function checkCase(it: Case, backend: BackendName): Promise<Omit<Outcome, "topic" | "name">> {
  const unsupported = it.unsupported?.[backend];
  if (unsupported !== undefined) return { errors: {}, passed: null, reason: unsupported };
  try {
    const errors = await compare(it, BOUND);
    return { errors: Object.fromEntries(errors), passed: worstOf(errors).error <= BOUND };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { errors: {}, passed: false, reason };
  }
}
