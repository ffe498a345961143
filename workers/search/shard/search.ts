import type { Filter } from "../../protocol/metadata.ts";
import type {
  Candidate,
  Found,
  Nearest,
  PlaceOf,
  Question,
  Refusal,
} from "../../protocol/shard.ts";
import { SLOTS } from "../scan/layout.ts";
import { MAX_QUERIES, type Matrix } from "../scan/matrix.ts";
import type { SlotSet } from "../scan/slots.ts";
import { scannedOf } from "./edit.ts";
import { filterQuery } from "./filter.ts";
import { firstOfGroups, selectGroups } from "./groups.ts";
import { itemsBySlot, scannedIn, slotsById, vectorsOf } from "./items.ts";
import type { StoredSpace } from "./settings.ts";
import type { Call } from "./store.ts";

/** With 8 bits an item may seem farther than so many that are not nearer. */
const SPARE = 24;

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
  const { query, candidates: count, groupBy } = question;
  checkWidth(space, query);
  const matrix = call.matrixOf(space);
  matrix.setOthers(othersOf(call, matrix));
  const excluded = new Set(slotsById(call.sql, question.excluded).values());
  const wanted = question.filter && slotsOf(call, matrix, question.filter);
  const select = (most: number): number[] => {
    const selection = { query: 0, corrected: space.local, count: most + excluded.size, wanted };
    const [slots = []] = matrix.scan([query], [selection]);
    return slots.filter((slot) => !excluded.has(slot)).slice(0, most);
  };
  const selected =
    groupBy === undefined ? select(count) : selectGroups(call.sql, select, groupBy, count);
  const candidates = candidatesOf(call, space, matrix, query, selected);
  const cosines = cosinesOf(call, space, [query], question.neighbours, [excluded]);
  return {
    candidates: groupBy === undefined ? candidates : firstOfGroups(candidates, groupBy),
    cosines: cosines.flatMap((nearest) => nearest.map(({ cosine }) => cosine)),
    items: matrix.items,
    settled: matrix.tally.settled,
    drift: matrix.tally.drift,
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
  const own = slotsById(
    call.sql,
    queries.map(({ id }) => id),
  );
  const found = cosinesOf(
    call,
    space,
    queries.map(({ place }) => place),
    neighbours,
    queries.map(({ id }) => new Set([own.get(id) ?? []].flat())),
  );
  if (mark) {
    const edit = call.edit(space);
    for (const { slot } of found.flat()) edit.densitiesOf(slot).mark(slot % SLOTS);
  }
  return {
    cosines: found.map((each) => Float32Array.from(each, ({ cosine }) => cosine)),
    items: call.matrixOf(space).items,
  };
}

/** Other items of the collection than one: items are spread evenly over its shards. */
const othersOf = ({ settings }: Call, { items }: Matrix): number =>
  Math.max(0, items * settings.shards - 1);

/** The slots that a filter allows. */
function slotsOf({ sql }: Call, matrix: Matrix, filter: Filter): SlotSet {
  const slots = matrix.noSlots();
  const query = filterQuery(filter);
  for (const [slot] of sql.exec(query.sql, query.parameter).raw<[number]>()) slots.add(slot);
  return slots;
}

function candidatesOf(
  call: Call,
  space: StoredSpace,
  matrix: Matrix,
  query: Float32Array,
  slots: number[],
): Candidate[] {
  const items = itemsBySlot(call.sql, slots);
  const others = othersOf(call, matrix);
  const candidates = Array.from(vectorsOf(call.sql, space, slots), ([slot, vector]): Candidate => {
    const item = items.get(slot);
    if (!item) throw new Error(`slot ${slot} has a vector, but no item`);
    const { id, metadata } = item;
    const cosine = product(query, scannedOf(space, vector));
    if (!space.local) return { id, metadata, vector, nearest: null, score: cosine };
    const { nearest, density } = matrix.densityAt(slot);
    return { id, metadata, vector, nearest, score: 2 * cosine - density(others) };
  });
  return candidates.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

/** For each query the largest cosines but those of its excluded slots, largest first. */
function cosinesOf(
  call: Call,
  space: StoredSpace,
  queries: Float32Array[],
  count: number,
  excluded: ReadonlySet<number>[],
): { slot: number; cosine: number }[][] {
  if (count === 0) return queries.map(() => []);
  const matrix = call.matrixOf(space);
  const found: number[][] = [];
  for (let first = 0; first < queries.length; first += MAX_QUERIES) {
    const batch = queries.slice(first, first + MAX_QUERIES);
    const selections = batch.map((_, query) => {
      const most = count + SPARE + excluded[first + query]!.size;
      return { query, corrected: false, count: most };
    });
    found.push(...matrix.scan(batch, selections));
  }
  const vectors = scannedIn(call.sql, space, [...new Set(found.flat())]);
  return queries.map((query, i) => {
    const cosines = found[i]!.flatMap((slot) => {
      const vector = vectors.get(slot);
      return vector && !excluded[i]!.has(slot) ? [{ slot, cosine: product(query, vector) }] : [];
    });
    return cosines.sort((a, b) => b.cosine - a.cosine).slice(0, count);
  });
}
