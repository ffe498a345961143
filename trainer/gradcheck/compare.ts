import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { Case, Results } from "./case.ts";

/** The reference backend: plain loops in JavaScript that add in double precision. */
const REFERENCE = "cpu";

/** Results below this are compared absolutely, because results that should be zero consist of rounding errors. */
const SMALLEST = 1e-2;

/** For each result, the largest difference of two elements, relative to the largest element. */
export type Errors = Map<string, number>;

/** The results of the cpu backend, which are computed once for all backends. */
const known = new Map<Case, Results[]>();

/**
 * Compares a case on the active backend with tfjs's cpu backend.
 *
 * @param bound if a case can draw several inputs, it draws until no error exceeds this
 */
export async function compare(check: Case, bound: number): Promise<Errors> {
  const { draws = 1 } = check;
  let best: Errors | undefined;
  for (let draw = 0; draw < draws; draw++) {
    const actual = await check.run(draw);
    const expected = await expect(check, draw);
    const errors = new Map(
      Array.from(expected, ([name, values]) => [name, relativeError(values, actual.get(name))]),
    );
    if (worstOf(errors).error <= bound) return errors;
    best = !best || worstOf(errors).error < worstOf(best).error ? errors : best;
  }
  return best ?? new Map();
}

async function expect(check: Case, draw: number): Promise<Results> {
  const all = known.get(check) ?? [];
  known.set(check, all);
  if (all[draw]) return all[draw];
  const backend = tf.getBackend();
  await tf.setBackend(REFERENCE);
  try {
    silenceAdvice();
    return (all[draw] = await (check.reference?.() ?? check.run(draw)));
  } finally {
    await tf.setBackend(backend);
  }
}

/** Makes the first tensor on the cpu backend, with its advice to install tfjs-node suppressed. */
function silenceAdvice(): void {
  if (known.size > 1) return;
  const production = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  tf.scalar(0).dispose();
  tf.env().set("PROD", production);
}

/** The result with the largest error. */
export function worstOf(errors: Errors): { result: string; error: number } {
  const [first, ...rest] = Array.from(errors, ([result, error]) => ({ result, error }));
  if (!first) throw new Error("there are no errors to choose the worst from");
  return rest.reduce((worst, other) => (other.error > worst.error ? other : worst), first);
}

function relativeError(expected: Float32Array, actual: Float32Array | undefined): number {
  if (actual?.length !== expected.length) return Infinity;
  const difference = largest(expected.map((value, i) => value - actual[i]!));
  const error = difference / Math.max(largest(expected), SMALLEST);
  return Number.isNaN(error) ? Infinity : error;
}

/** The largest magnitude, or NaN if a value is NaN. */
function largest(values: Float32Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}
