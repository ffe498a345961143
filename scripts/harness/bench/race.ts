import { sample, seededRandom } from "../../../trainer/random.ts";
import { median } from "../measure/quantile.ts";

/**
 * Times several ways to do the same work fairly. They take turns, so that other load slows all of them, and
 * each round has another order, because the previous one affects the next.
 */

/** Does the work several times. @returns milliseconds of all runs */
export type Contestant = (runs: number) => Promise<number>;

export interface Pace {
  /** How many turns each has. */
  rounds: number;
  /** How long a turn should take, in milliseconds. */
  turnMs: number;
  signal: AbortSignal;
}

const MOST_RUNS = 1_000_000_000;
const WARM_UP_RUNS = 3;

/** Warms up, and finds how many runs fill a turn. */
async function runsOf(contestant: Contestant, { turnMs, signal }: Pace): Promise<number> {
  // The first runs load, compile and allocate.
  for (let i = 0; i < WARM_UP_RUNS; i++) await contestant(1);
  for (let runs = 1; ;) {
    signal.throwIfAborted();
    // The better of two, because one disturbed turn would make all others too short to time.
    const ms = Math.min(await contestant(runs), await contestant(runs));
    const wanted = Math.max(1, Math.round((runs * turnMs) / Math.max(ms, 0.1)));
    if (ms >= turnMs / 2 || runs === MOST_RUNS) return Math.min(wanted, MOST_RUNS);
    runs = Math.min(Math.max(2 * runs, Math.floor(wanted / 2)), 20 * runs, MOST_RUNS);
  }
}

/** @returns for each contestant the median of its turns, in milliseconds per run */
export async function race(
  contestants: ReadonlyMap<string, Contestant>,
  pace: Pace,
): Promise<Map<string, number>> {
  const entries: { name: string; contestant: Contestant; runs: number; turns: number[] }[] = [];
  for (const [name, contestant] of contestants) {
    entries.push({ name, contestant, runs: await runsOf(contestant, pace), turns: [] });
  }
  for (let round = 0; round < pace.rounds; round++) {
    const order = sample(entries, entries.length, seededRandom(round));
    for (const { contestant, runs, turns } of order) {
      pace.signal.throwIfAborted();
      turns.push((await contestant(runs)) / runs);
    }
  }
  return new Map(entries.map(({ name, turns }) => [name, median(turns)]));
}
