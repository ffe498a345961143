import { sample, seededRandom } from "../../../trainer/random.ts";
import { median } from "../measure/quantile.ts";

/**
 * Times several ways to do one thing, fairly: in turn, so that what slows the machine slows all, and each
 * time in another order, for it matters who was before.
 */

/** Does the thing so often. @returns milliseconds of all runs */
export type Contestant = (runs: number) => Promise<number>;

export interface Pace {
  /** How often each has its turn. */
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
    // The better of two: one disturbed turn would make all others too short to time.
    const ms = Math.min(await contestant(runs), await contestant(runs));
    const wanted = Math.max(1, Math.round((runs * turnMs) / Math.max(ms, 0.1)));
    if (ms >= turnMs / 2 || runs === MOST_RUNS) return Math.min(wanted, MOST_RUNS);
    runs = Math.min(Math.max(2 * runs, Math.floor(wanted / 2)), 20 * runs, MOST_RUNS);
  }
}

/** @returns of each contestant the median over its turns, in milliseconds a run */
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
