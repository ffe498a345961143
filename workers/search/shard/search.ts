import type { Filter } from "../../protocol/metadata.ts";
import type {
  Candidate,
  Found,
  Nearest,
  PlaceOf,
  Question,
  Refusal,
} from "../../protocol/shard.ts";
import type { Vector } from "../../protocol/vector.ts";
import { SLOTS } from "../scan/layout.ts";
import { MAX_QUERIES, type Matrix, type Selection } from "../scan/matrix.ts";
import type { SlotSet } from "../scan/slots.ts";
import { scannedOf } from "./edit.ts";
import { filterQuery } from "./filter.ts";
import { selectGroups } from "./groups.ts";
import { itemsBySlot, scannedIn, slotsById, vectorsOf } from "./items.ts";
import type { StoredSpace } from "./settings.ts";
import type { Call } from "./store.ts";

/** With 8 bits an item may seem farther than so many that are not nearer. */
const SPARE = 16;

/** The space of a version that all items have vectors of. */
function complete({ settings }: Call, version: string): StoredSpace | null {
  const { served, target, sealed } = settings;
  if (served.version === version) return served;
  return sealed && target?.version === version ? target : null;
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function checkWidth({ version, width }: StoredSpace, query: Float32Array): void {
  if (query.length === width) return;
  throw new Error(`a query has ${query.length} numbers; version ${version} has ${width}`);
}

/** Answers a question: 8 bits select items, and float32 ranks them. */
export function search(call: Call, question: Question): Found | Refusal {
  const space = complete(call, question.version);
  if (!space) return { refused: "version" };
  const { query, candidates: count, neighbours, groupBy } = question;
  checkWidth(space, query);
  const matrix = call.matrixOf(space);
  matrix.setOthers(othersOf(call, matrix));
  const excluded = new Set(slotsById(call.sql, question.excluded).values());
  const wanted = question.filter && slotsOf(call, matrix, question.filter);

  const nearby = selectNearest(0, neighbours, excluded);
  let near: number[] = [];
  /** The best slots; finds the nearest ones in the same pass. */
  const select = (most: number): number[] => {
    const best = { query: 0, corrected: space.local, count: most + excluded.size, wanted };
    const [slots = [], nearest = []] = matrix.scan([query], [best, nearby]);
    near = nearest;
    return slots.filter((slot) => !excluded.has(slot)).slice(0, most);
  };
  const selected =
    groupBy === undefined ? select(count) : selectGroups(call.sql, select, groupBy, count);
  const vectors = vectorsOf(call.sql, space, [...new Set([...selected, ...near])]);
  const candidates = candidatesOf(call, space, matrix, query, selected, vectors);
  const scanned = (slot: number) => {
    const vector = vectors.get(slot);
    return vector && scannedOf(space, vector);
  };
  const { items, tally } = matrix;
  return {
    candidates,
    cosines: nearestOf(query, near, scanned, neighbours, excluded).map(({ cosine }) => cosine),
    items,
    settled: tally.settled,
    drift: tally.drift,
  };
}

/** The nearest places of several queries, by float32. */
export function nearest(
  call: Call,
  version: string,
  queries: PlaceOf[],
  neighbours: number,
  mark: boolean,
): Nearest | Refusal {
  const space = complete(call, version);
  if (!space) return { refused: "version" };
  if (!space.local) throw new Error(`version ${version} has no places`);
  for (const { place } of queries) checkWidth(space, place);
  const matrix = call.matrixOf(space);
  const slots = slotsById(
    call.sql,
    queries.map(({ id }) => id),
  );
  /** An item is not its own neighbour. */
  const own = queries.map(({ id }) => new Set([slots.get(id) ?? []].flat()));
  const near: number[][] = [];
  for (let first = 0; first < queries.length; first += MAX_QUERIES) {
    const places = queries.slice(first, first + MAX_QUERIES).map(({ place }) => place);
    const selections = places.map((_, i) => selectNearest(i, neighbours, own[first + i]!));
    near.push(...matrix.scan(places, selections));
  }
  const places = scannedIn(call.sql, space, [...new Set(near.flat())]);
  const found = queries.map(({ place }, i) =>
    nearestOf(place, near[i]!, (slot) => places.get(slot), neighbours, own[i]!),
  );
  if (mark) {
    const edit = call.edit(space);
    for (const { slot } of found.flat()) edit.densitiesOf(slot).mark(slot % SLOTS);
  }
  return {
    cosines: found.map((each) => Float32Array.from(each, ({ cosine }) => cosine)),
    items: matrix.items,
  };
}

/** Other items of the collection than one: items are spread evenly over its shards. */
const othersOf = ({ settings }: Call, { items }: Matrix): number =>
  Math.max(0, items * settings.shards - 1);

/** The slots that a filter allows. */
function slotsOf({ sql }: Call, matrix: Matrix, filter: Filter): SlotSet {
  const slots = matrix.noSlots();
  const query = filterQuery(filter);
  for (const [slot] of sql.exec(query.sql, ...query.parameters).raw<[number]>()) slots.add(slot);
  return slots;
}

/** Items in these slots, the best first. */
function candidatesOf(
  call: Call,
  space: StoredSpace,
  matrix: Matrix,
  query: Float32Array,
  slots: number[],
  vectors: ReadonlyMap<number, Vector>,
): Candidate[] {
  const items = itemsBySlot(call.sql, slots);
  const others = othersOf(call, matrix);
  const candidates = slots.map((slot): Candidate => {
    const [item, vector] = [items.get(slot), vectors.get(slot)];
    if (!item || !vector) throw new Error(`slot ${slot} lacks its item or its vector`);
    const { id, metadata } = item;
    const cosine = product(query, scannedOf(space, vector));
    if (!space.local) return { id, metadata, vector, nearest: null, score: cosine };
    const { nearest, density } = matrix.densityAt(slot, others);
    return { id, metadata, vector, nearest, score: 2 * cosine - density };
  });
  return candidates.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

/** Selects somewhat more than the nearest places, whatever their density. */
const selectNearest = (query: number, count: number, excluded: ReadonlySet<number>): Selection => {
  const most = count === 0 ? 0 : count + SPARE + excluded.size;
  return { query, corrected: false, count: most };
};

/** The largest cosines of a query with what is in these slots, largest first. */
function nearestOf(
  query: Float32Array,
  slots: number[],
  scanned: (slot: number) => Float32Array | undefined,
  count: number,
  excluded: ReadonlySet<number>,
): { slot: number; cosine: number }[] {
  const cosines = slots.flatMap((slot) => {
    const vector = scanned(slot);
    return vector && !excluded.has(slot) ? [{ slot, cosine: product(query, vector) }] : [];
  });
  return cosines.sort((a, b) => b.cosine - a.cosine).slice(0, count);
}
