import * as z from "zod";
import { objectsSchema } from "../protocol/objects.ts";
import type { NewItem, Refusal, ShardRpc } from "../protocol/shard.ts";
import type { Space } from "../protocol/vector.ts";
import type { SearchTask } from "./protocol.ts";

/** Shards of the search Worker, and a plain scan of the same vectors. */

const BATCH = 100;
const CANDIDATES = 50;
const TOP_K = 10;
/** Vectors lie around so many centres, as those of classes do. */
const CENTRES = 1000;
/** One in so many items has a label. */
const LABELS = 100;

/** Mulberry32, which gives every position its own numbers. */
function fill(row: Float32Array, seed: number, scale: number): void {
  let state = seed;
  for (let k = 0; k < row.length; k++) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    row[k]! += scale * (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 - 0.5);
  }
}

/** The unit vector of an item. Queries have negative positions. */
function vectorOf(position: number, width: number): Float32Array {
  const row = new Float32Array(width);
  fill(row, 7919 * (Math.abs(position) % CENTRES), 1);
  fill(row, 104_729 * (position + 1_000_000), 1.2);
  const length = Math.hypot(...row);
  return row.map((value) => value / length);
}

const idOf = (position: number) => `i${position}`;

function itemOf(position: number, { version, width }: Space): NewItem {
  return {
    id: idOf(position),
    metadata: { label: position % LABELS },
    sha256: null,
    image: null,
    etag: null,
    vectors: { [version]: { embedding: vectorOf(position, width) } },
  };
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

function accepted<T extends object>(answer: T | Refusal): T {
  if ("refused" in answer) throw new Error(`a shard refused: ${answer.refused}`);
  return answer;
}

const envSchema = z.object({ SHARDS: objectsSchema<ShardRpc>() });

/** The collection of a task, and the plain scan of its vectors. */
class Subject {
  private readonly shards: ShardRpc[];
  private readonly space: Space;

  constructor(
    env: unknown,
    private readonly task: SearchTask,
  ) {
    const { SHARDS } = envSchema.parse(env);
    const { collection, shards, width } = task;
    this.shards = range(0, shards).map((index) =>
      SHARDS.get(SHARDS.idFromName(`${collection}/${index}`)),
    );
    this.space = { version: "0123456789abcdef", width, local: false };
  }

  async setUp(): Promise<void> {
    const { collection: uid, shards, vectors } = this.task;
    const common = { uid, shards, limit: 2 * vectors, space: this.space };
    await Promise.all(this.shards.map((shard, index) => shard.setUp({ ...common, index })));
  }

  /** Writes items, a batch to each shard in turn. */
  async write(from: number, count: number): Promise<void> {
    for (let first = from; first < from + count; first += BATCH) {
      const shard = this.shards[(first / BATCH) % this.shards.length]!;
      accepted(await shard.put(range(first, BATCH).map((it) => itemOf(it, this.space))));
    }
  }

  /** Searches all shards, one query after the other. @returns the best positions for the last */
  async find(from: number, count: number, filtered: boolean): Promise<number[]> {
    let found: number[] = [];
    for (const query of range(from, count)) {
      const question = {
        version: this.space.version,
        query: vectorOf(-1 - query, this.space.width),
        candidates: CANDIDATES,
        neighbours: 0,
        excluded: [],
        ...(filtered && { filter: { label: query % LABELS } }),
      };
      const answers = await Promise.all(this.shards.map((shard) => shard.search(question)));
      const all = answers.flatMap((answer) => accepted(answer).candidates);
      const best = all.sort((a, b) => b.score - a.score).slice(0, TOP_K);
      found = best.map(({ id }) => Number(id.slice(1)));
    }
    return found;
  }

  /** The same by a loop in JavaScript over float32. */
  findPlainly(from: number, count: number): number[] {
    const { width, vectors } = this.task;
    const rows = plainOf(this.task);
    const scores = new Float64Array(CANDIDATES);
    const best = new Int32Array(CANDIDATES);
    for (const query of range(from, count)) {
      const row = vectorOf(-1 - query, width);
      scores.fill(-Infinity);
      for (let i = 0; i < vectors; i++) {
        let sum = 0;
        for (let k = 0; k < width; k++) sum += row[k]! * rows[i * width + k]!;
        if (sum <= scores[0]!) continue;
        let at = 0;
        for (; at + 1 < CANDIDATES && scores[at + 1]! < sum; at++) {
          scores[at] = scores[at + 1]!;
          best[at] = best[at + 1]!;
        }
        scores[at] = sum;
        best[at] = i;
      }
    }
    return Array.from(best).reverse().slice(0, TOP_K);
  }
}

let plain: { collection: string; rows: Float32Array } | undefined;

/** The vectors of the plain scan, row by row. */
function plainOf({ collection, vectors, width }: SearchTask): Float32Array {
  if (plain?.collection !== collection) {
    const rows = new Float32Array(vectors * width);
    for (const position of range(0, vectors)) rows.set(vectorOf(position, width), position * width);
    plain = { collection, rows };
  }
  return plain.rows;
}

/** @returns the positions that the last query finds */
export async function runSearch(env: unknown, task: SearchTask): Promise<number[]> {
  const { step, from, count } = task;
  const it = new Subject(env, task);
  switch (step) {
    case "setUp":
      await it.setUp();
      return [];
    case "write":
      await it.write(from, count);
      return [];
    case "find":
    case "findFiltered":
      return it.find(from, count, step === "findFiltered");
    case "findPlainly":
      return it.findPlainly(from, count);
  }
}
