import type { Model } from "../../../shared/model.ts";

/** Pairs of rows, by their indices. */
export interface Pairs {
  first: Int32Array;
  second: Int32Array;
}

/** The results of each pair, and the milliseconds that scoring took. */
export interface Scored {
  scores: number[];
  probabilities: number[];
  distances: number[];
  ms: number;
}

/** Concatenates rows. */
export function join(rows: Float32Array[]): Float32Array {
  const joined = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    joined.set(row, at);
    at += row.length;
  }
  return joined;
}

/** The Euclidean distance of two vectors. */
export const distance = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));

/** Computes S, its probability and the Euclidean distance of pairs of unit vectors. Await `openEngine` first. */
export function scorePairs(model: Model, rows: Float32Array[], { first, second }: Pairs): Scored {
  const started = performance.now();
  const scores = Array.from(model.scorePairs(join(rows), first, second));
  return {
    scores,
    probabilities: scores.map((score) => model.probability(score)),
    distances: Array.from(first, (a, i) => distance(rows[a]!, rows[second[i]!]!)),
    ms: performance.now() - started,
  };
}

/** The results of pairs; those of a pair without both rows are null. */
export interface ScoredWhole {
  scores: (number | null)[];
  probabilities: (number | null)[];
  distances: (number | null)[];
  ms: number;
}

/** Computes what `scorePairs` does for the pairs of which both rows are there. */
export function scoreWhole(
  model: Model,
  rows: (Float32Array | null)[],
  { first, second }: Pairs,
): ScoredWhole {
  const present = rows.flatMap((row) => row ?? []);
  let count = 0;
  const indexOf = rows.map((row) => (row ? count++ : -1));
  const pairs = Array.from(first, (a, i) => [indexOf[a]!, indexOf[second[i]!]!] as const);
  const whole = pairs.filter(([a, b]) => a >= 0 && b >= 0);
  const nothing: Scored = { scores: [], probabilities: [], distances: [], ms: 0 };
  const scored =
    whole.length === 0
      ? nothing
      : scorePairs(model, present, {
          first: Int32Array.from(whole, ([a]) => a),
          second: Int32Array.from(whole, ([, b]) => b),
        });
  let next = 0;
  const places = pairs.map(([a, b]) => (a >= 0 && b >= 0 ? next++ : -1));
  const spread = (values: number[]) => places.map((place) => values[place] ?? null);
  return {
    scores: spread(scored.scores),
    probabilities: spread(scored.probabilities),
    distances: spread(scored.distances),
    ms: scored.ms,
  };
}

/** Pairs the first row with each of the others. @param count number of rows */
export function firstWithOthers(count: number): Pairs {
  const first = new Int32Array(count - 1);
  return { first, second: first.map((_, i) => i + 1) };
}
