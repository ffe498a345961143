import type { SearchTask } from "../../../workers/bench/protocol.ts";
import { type Contestant, race } from "./race.ts";
import type { SearchRow } from "./report.ts";
import type { Stage } from "./stage.ts";
import type { BenchWorker } from "./worker.ts";

type Size = Pick<SearchTask, "vectors" | "width" | "shards">;

const SIZES: readonly Size[] = [
  { vectors: 10_000, width: 128, shards: 1 },
  { vectors: 100_000, width: 128, shards: 1 },
  { vectors: 500_000, width: 128, shards: 1 },
  { vectors: 1_000_000, width: 64, shards: 4 },
];
const QUICK: readonly Size[] = [{ vectors: 2000, width: 32, shards: 2 }];

/** Most numbers of the plain scan: float32 of them must fit into an isolate. */
const MOST_PLAIN = 16_000_000;

const TOP_K = 10;
const QUERIES = 20;
const WRITTEN_AT_ONCE = 5000;
const ADDED = 5000;

/** Asks for steps of the task of one size. */
class Collection {
  constructor(
    private readonly worker: BenchWorker,
    readonly size: Size,
  ) {}

  ask(step: SearchTask["step"], from = 0, count = 0) {
    const { vectors } = this.size;
    return this.worker.ask({
      task: "search",
      ...this.size,
      collection: `bench-${vectors}`,
      step,
      from,
      count,
    });
  }

  async positions(step: SearchTask["step"], query: number): Promise<number[]> {
    return (await this.ask(step, query, 1)).answer.values ?? [];
  }

  contestant(step: SearchTask["step"]): [string, Contestant] {
    let query = 0;
    return [
      step,
      async (runs) => {
        query += runs;
        return (await this.ask(step, query, runs)).ms;
      },
    ];
  }
}

async function fill(stage: Stage, collection: Collection): Promise<void> {
  const { vectors } = collection.size;
  await collection.ask("setUp");
  for (let from = 0; from < vectors; from += WRITTEN_AT_ONCE) {
    stage.signal.throwIfAborted();
    await collection.ask("write", from, Math.min(WRITTEN_AT_ONCE, vectors - from));
  }
}

/** The mean share of the ten best by float32 that a search finds. */
async function recallOf(collection: Collection): Promise<number> {
  let found = 0;
  for (let query = 0; query < QUERIES; query++) {
    const exact = await collection.positions("findPlainly", query);
    const positions = await collection.positions("find", query);
    found += exact.filter((it) => positions.includes(it)).length;
  }
  return found / (TOP_K * QUERIES);
}

async function measureSize(stage: Stage, worker: BenchWorker, size: Size): Promise<SearchRow[]> {
  const { vectors, width, shards } = size;
  stage.say(`search: ${vectors.toLocaleString("en")} x ${width}`);
  const collection = new Collection(worker, size);
  await fill(stage, collection);
  const isPlain = vectors * width <= MOST_PLAIN;
  const recall = isPlain ? await recallOf(collection) : null;
  const steps = ["find", "findFiltered", ...(isPlain ? ["findPlainly" as const] : [])] as const;
  const times = await race(new Map(steps.map((step) => collection.contestant(step))), stage.pace);
  const added = await collection.ask("write", vectors, ADDED);
  const js = times.get("findPlainly") ?? null;
  const common = { vectors, dimensions: width, shards, top_k: TOP_K };
  return (["find", "findFiltered"] as const).map((step): SearchRow => {
    const ms = times.get(step) ?? NaN;
    const isAll = step === "find";
    return {
      ...common,
      filter: isAll ? "none" : "1 %",
      ms,
      js_ms: isAll ? js : null,
      ratio: isAll && js !== null ? js / ms : null,
      recall_at_10: isAll ? recall : null,
      load_ms: null,
      writes_per_s: isAll ? (1000 * ADDED) / added.ms : null,
    };
  });
}

/** How long the first search in a fresh isolate takes beyond a later one. */
async function measureLoad(stage: Stage, size: Size): Promise<number> {
  return stage.withWorker(
    async (worker) => {
      const collection = new Collection(worker, size);
      const first = await collection.ask("find", 0, 1);
      const second = await collection.ask("find", 1, 1);
      return first.ms - second.ms;
    },
    { collections: true },
  );
}

/** Measures searches in shards of several sizes, beside a loop in JavaScript. */
export async function measureSearch(stage: Stage): Promise<SearchRow[]> {
  const sizes = stage.quick ? QUICK : SIZES;
  const rows: SearchRow[] = [];
  for (const size of sizes) {
    const measured = await stage.withWorker((worker) => measureSize(stage, worker, size), {
      collections: true,
    });
    const load = await measureLoad(stage, size);
    rows.push(...measured.map((row) => (row.filter === "none" ? { ...row, load_ms: load } : row)));
  }
  return rows;
}
