import * as z from "zod";
import { collectionDensity, DENSITY_NEIGHBOURS, meanOfLargest } from "../../shared/pddm/density.ts";
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

/** The place of an item, of length 1. Queries have negative positions. */
function placeOf(position: number, width: number): Float32Array {
  const row = new Float32Array(width);
  fill(row, 7919 * (Math.abs(position) % CENTRES), 1);
  fill(row, 104_729 * (position + 1_000_000), 1.2);
  const length = Math.hypot(...row);
  return row.map((value) => value / length);
}

const referenceOf = (position: number) => 0.3 + 0.1 * Math.sin(position);

const idOf = (position: number) => `i${position}`;

function itemOf(position: number, { version, width }: Space): NewItem {
  const place = placeOf(position, width);
  return {
    id: idOf(position),
    metadata: { label: position % LABELS },
    sha256: null,
    image: null,
    etag: null,
    vectors: { [version]: { embedding: place, place, reference: referenceOf(position) } },
  };
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

function accepted<T extends object>(answer: T | Refusal): T {
  if ("refused" in answer) throw new Error(`a shard refused: ${answer.refused}`);
  return answer;
}

const envSchema = z.object({ SHARDS: objectsSchema<ShardRpc>() });

/** What every item is said to have as its nearest; finding them takes n scans. */
const NEAREST = 0.6;

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
    this.space = { version: "0123456789abcdef", width, local: true };
  }

  async setUp(): Promise<void> {
    const { collection: uid, shards, vectors } = this.task;
    const common = { uid, shards, limit: 2 * vectors, space: this.space };
    await Promise.all(this.shards.map((shard, index) => shard.setUp({ ...common, index })));
  }

  /** Writes items, a batch to each shard in turn. @param settle whether to find their nearest, as the API does */
  async write(from: number, count: number, settle: boolean): Promise<void> {
    for (let first = from; first < from + count; first += BATCH) {
      const shard = this.shards[(first / BATCH) % this.shards.length]!;
      const items = range(first, BATCH).map((position) => itemOf(position, this.space));
      const written = accepted(await shard.put(items));
      const nearest = settle ? await this.nearestOf(items) : items.map(() => NEAREST);
      const neighbourhoods = written.map(({ id, revision }, i) => ({
        ...{ id, revision, items: this.task.vectors },
        nearest: nearest[i]!,
      }));
      await shard.setNeighbourhoods(this.space.version, neighbourhoods);
    }
  }

  private async nearestOf(items: NewItem[]): Promise<number[]> {
    const { version } = this.space;
    const places = items.map(({ id, vectors }) => {
      return { id, place: vectors[version]?.place ?? new Float32Array() };
    });
    const answers = await Promise.all(
      this.shards.map((shard) => shard.nearest(version, places, DENSITY_NEIGHBOURS, true)),
    );
    return items.map((_, i) => {
      const cosines = answers.flatMap((answer) => Array.from(accepted(answer).cosines[i]!));
      const count = Math.min(DENSITY_NEIGHBOURS, cosines.length);
      return meanOfLargest(Float32Array.from(cosines), count);
    });
  }

  /** Searches all shards, one query after the other. @returns the best positions for the last */
  async find(from: number, count: number, filtered: boolean): Promise<number[]> {
    let found: number[] = [];
    for (const query of range(from, count)) {
      const question = {
        version: this.space.version,
        query: placeOf(-1 - query, this.space.width),
        candidates: CANDIDATES,
        neighbours: DENSITY_NEIGHBOURS,
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
    const { places, densities } = plainOf(this.task);
    const scores = new Float64Array(CANDIDATES);
    const best = new Int32Array(CANDIDATES);
    for (const query of range(from, count)) {
      const row = placeOf(-1 - query, width);
      scores.fill(-Infinity);
      for (let i = 0; i < vectors; i++) {
        let sum = 0;
        for (let k = 0; k < width; k++) sum += row[k]! * places[i * width + k]!;
        const score = 2 * sum - densities[i]!;
        if (score <= scores[0]!) continue;
        let at = 0;
        for (; at + 1 < CANDIDATES && scores[at + 1]! < score; at++) {
          scores[at] = scores[at + 1]!;
          best[at] = best[at + 1]!;
        }
        scores[at] = score;
        best[at] = i;
      }
    }
    return Array.from(best).reverse().slice(0, TOP_K);
  }
}

/** The places of the plain scan, row by row, and the densities. */
interface Plain {
  places: Float32Array;
  densities: Float32Array;
}

let plain: (Plain & { collection: string }) | undefined;

function plainOf({ collection, vectors, width }: SearchTask): Plain {
  if (plain?.collection === collection) return plain;
  plain = {
    collection,
    places: new Float32Array(vectors * width),
    densities: new Float32Array(vectors),
  };
  for (const position of range(0, vectors)) {
    plain.places.set(placeOf(position, width), position * width);
    plain.densities[position] = collectionDensity(NEAREST, referenceOf(position), vectors - 1, 0);
  }
  return plain;
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
    case "settle":
      await it.write(from, count, step === "settle");
      return [];
    case "find":
    case "findFiltered":
      return it.find(from, count, step === "findFiltered");
    case "findPlainly":
      return it.findPlainly(from, count);
  }
}
