import type { NewItem, Refusal, StoredItem, Written } from "../../protocol/shard.ts";
import type { Vector } from "../../protocol/vector.ts";
import { countItems, itemsById, type Placed } from "./items.ts";
import type { StoredSpace } from "./settings.ts";
import type { Call } from "./store.ts";
import { keyOf } from "./tables.ts";
import { tagsOf } from "./tags.ts";

/** Writes items, and replaces those of the same ids. */
export function put(call: Call, items: NewItem[]): Written[] | Refusal {
  const { served, target, sealed, capacity } = call.settings;
  const required = sealed && target ? [served, target] : [served];
  const lacks = ({ vectors }: NewItem) => required.some(({ version }) => !vectors[version]);
  if (items.some(lacks)) return { refused: "version" };

  const known = itemsById(
    call.sql,
    items.map(({ id }) => id),
  );
  const last = new Map(items.map((item) => [item.id, item]));
  const added = last.size - known.size;
  if (added > 0 && countItems(call.sql) + added > capacity) return { refused: "full" };

  // Of several items with an id each replaces the one before, but only the last is written.
  let { revision } = call.settings;
  const images = new Map([...known].map(([id, { item }]) => [id, item.image]));
  const written = items.map(({ id, image }): Written => {
    const former = images.get(id);
    const orphan = former && former.key !== image?.key ? former : null;
    images.set(id, image);
    return { id, revision: ++revision, orphan, created: former === undefined };
  });
  const revisions = new Map(written.map((each) => [each.id, each.revision]));
  const slots = emptySlots(call.sql);
  for (const { vectors, ...item } of last.values()) {
    const former = known.get(item.id);
    if (former) removeTags(call.sql, former);
    const slot = former?.slot ?? slots.next().value;
    writeItem(call.sql, slot, { ...item, revision: revisions.get(item.id) ?? revision });
    for (const space of call.settings.spaces) {
      const wanted = space === served || space === target;
      const vector = wanted ? vectors[space.version] : undefined;
      if (vector) writeVector(call, space, slot, vector);
      else if (former) removeVector(call, space, slot);
    }
    if (!target) continue;
    if (vectors[target.version]) call.sql.exec("DELETE FROM pending WHERE id = ?", item.id);
    else setPending(call.sql, item);
  }
  call.sql.exec("UPDATE shard SET revision = ?", revision);
  return written;
}

/** Removes items. @returns those that there were */
export function remove(call: Call, ids: string[]): StoredItem[] {
  const removed = [...itemsById(call.sql, ids).values()];
  for (const placed of removed) {
    const { slot, item } = placed;
    removeTags(call.sql, placed);
    for (const space of call.settings.spaces) removeVector(call, space, slot);
    call.sql.exec("DELETE FROM items WHERE slot = ?", slot);
    call.sql.exec("DELETE FROM pending WHERE id = ?", item.id);
    call.sql.exec("INSERT INTO free VALUES (?)", slot);
  }
  return removed.map(({ item }) => item);
}

/** Writes a vector and its codes. */
export function writeVector(call: Call, space: StoredSpace, slot: number, vector: Vector): void {
  const { embedding, place, reference } = vector;
  call.edit(space).put(slot, vector);
  call.sql.exec(
    "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)",
    ...[keyOf(space.space, slot), bytesOf(embedding)],
    ...(space.local && place ? [bytesOf(place), reference ?? null] : [null, null]),
  );
}

/** A copy: a view would bring all of its buffer along. */
const bytesOf = (vector: Float32Array): ArrayBuffer => new Float32Array(vector).buffer;

function removeVector(call: Call, space: StoredSpace, slot: number): void {
  const key = keyOf(space.space, slot);
  const { rowsWritten } = call.sql.exec("DELETE FROM vectors WHERE key = ?", key);
  if (rowsWritten > 0) call.edit(space).clear(slot);
}

function writeItem(sql: SqlStorage, slot: number, item: StoredItem): void {
  const { id, metadata, sha256, image, etag, revision } = item;
  sql.exec(
    "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)",
    ...[slot, id, JSON.stringify(metadata), sha256, image?.key ?? null, etag, revision],
  );
  for (const [key, tag] of tagsOf(metadata)) {
    sql.exec("INSERT INTO tags VALUES (?, ?, ?)", key, tag, slot);
  }
}

function removeTags(sql: SqlStorage, { slot, item }: Placed): void {
  for (const [key, tag] of tagsOf(item.metadata)) {
    sql.exec("DELETE FROM tags WHERE key = ? AND value = ? AND slot = ?", key, tag, slot);
  }
}

/** Says that an item lacks a vector of the target. */
function setPending(sql: SqlStorage, { id, image, etag }: Omit<StoredItem, "revision">): void {
  const pictured = image !== null || etag !== null;
  sql.exec("INSERT OR REPLACE INTO pending VALUES (?, ?)", id, pictured ? 1 : 0);
}

/** Slots that no item has, as many as one takes: first those of removed items, then new ones. */
function* emptySlots(sql: SqlStorage): Generator<number, never> {
  for (;;) {
    const [free] = sql.exec<{ slot: number }>(
      "SELECT min(slot) AS slot FROM free HAVING slot >= 0",
    );
    if (!free) break;
    sql.exec("DELETE FROM free WHERE slot = ?", free.slot);
    yield free.slot;
  }
  const { next } = sql
    .exec<{ next: number }>("SELECT ifnull(max(slot) + 1, 0) AS next FROM items")
    .one();
  for (let slot = next; ; slot++) yield slot;
}
