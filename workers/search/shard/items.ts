import * as z from "zod";
import type { Metadata } from "../../protocol/metadata.ts";
import type { StoredItem } from "../../protocol/shard.ts";
import type { Vector } from "../../protocol/vector.ts";
import type { StoredSpace } from "./settings.ts";
import { keyOf, positionOf } from "./tables.ts";

/** An item and where it is. */
export interface Placed {
  slot: number;
  item: StoredItem;
}

type ItemRow = Record<"slot" | "revision", number> &
  Record<"id" | "metadata", string> &
  Record<"sha256" | "image" | "etag", string | null>;

type VectorRow = {
  key: number;
  embedding: ArrayBuffer;
  place: ArrayBuffer | null;
  reference: number | null;
};

/** What metadata is, without the limits that it met when it came. */
const storedMetadata = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
);

const metadataOf = (json: string): Metadata => storedMetadata.parse(JSON.parse(json));

const itemOf = ({ id, metadata, sha256, image, etag, revision }: ItemRow): StoredItem => ({
  id,
  metadata: metadataOf(metadata),
  sha256,
  image: image === null ? null : { key: image },
  etag,
  revision,
});

/** Items of a query of rows of the table `items`. */
export const readItems = (
  sql: SqlStorage,
  query: string,
  ...parameters: SqlStorageValue[]
): Placed[] =>
  sql
    .exec<ItemRow>(query, ...parameters)
    .toArray()
    .map((row) => ({ slot: row.slot, item: itemOf(row) }));

/** The items with these ids that there are, by id. */
export function itemsById(sql: SqlStorage, ids: string[]): Map<string, Placed> {
  const query = "SELECT * FROM items WHERE id IN (SELECT value FROM json_each(?))";
  const placed = readItems(sql, query, JSON.stringify(ids));
  return new Map(placed.map((each) => [each.item.id, each]));
}

export function itemsBySlot(sql: SqlStorage, slots: number[]): Map<number, StoredItem> {
  const query = "SELECT * FROM items WHERE slot IN (SELECT value FROM json_each(?))";
  const placed = readItems(sql, query, JSON.stringify(slots));
  return new Map(placed.map(({ slot, item }) => [slot, item]));
}

/** Slots in one statement, whose parameters have at most 2 MB. */
const MOST_SLOTS = 10_000;

export function metadataIn(sql: SqlStorage, slots: number[]): Map<number, Metadata> {
  const found = new Map<number, Metadata>();
  for (let first = 0; first < slots.length; first += MOST_SLOTS) {
    const rows = sql.exec<{ slot: number; metadata: string }>(
      "SELECT slot, metadata FROM items WHERE slot IN (SELECT value FROM json_each(?))",
      JSON.stringify(slots.slice(first, first + MOST_SLOTS)),
    );
    for (const { slot, metadata } of rows) found.set(slot, metadataOf(metadata));
  }
  return found;
}

/** The slots of the items with these ids that there are. */
export function slotsById(sql: SqlStorage, ids: string[]): Map<string, number> {
  if (ids.length === 0) return new Map();
  const rows = sql.exec<{ id: string; slot: number }>(
    "SELECT id, slot FROM items WHERE id IN (SELECT value FROM json_each(?))",
    JSON.stringify(ids),
  );
  return new Map(Array.from(rows, ({ id, slot }) => [id, slot]));
}

/** How many items the shard has: each slot before the last one in use has an item or is free. */
export function countItems(sql: SqlStorage): number {
  const { last, free } = sql
    .exec<{ last: number | null; free: number }>(
      `SELECT max(ifnull((SELECT max(slot) FROM items), -1), ifnull((SELECT max(slot) FROM free), -1)) AS last,
        (SELECT count(*) FROM free) AS free`,
    )
    .one();
  return (last ?? -1) + 1 - free;
}

const keysOf = (space: StoredSpace, slots: number[]) =>
  JSON.stringify(slots.map((slot) => keyOf(space.space, slot)));

/** The vectors of a space in these slots, those that there are. */
export function vectorsOf(
  sql: SqlStorage,
  space: StoredSpace,
  slots: number[],
): Map<number, Vector> {
  const rows = sql.exec<VectorRow>(
    "SELECT * FROM vectors WHERE key IN (SELECT value FROM json_each(?))",
    keysOf(space, slots),
  );
  return new Map(
    Array.from(rows, ({ key, embedding, place, reference }) => {
      const vector: Vector = { embedding: new Float32Array(embedding) };
      if (place) vector.place = new Float32Array(place);
      if (reference !== null) vector.reference = reference;
      return [positionOf(key), vector];
    }),
  );
}

/** What the scan looks at, of the items in these slots. */
export function scannedIn(
  sql: SqlStorage,
  space: StoredSpace,
  slots: number[],
): Map<number, Float32Array> {
  const column = space.local ? "place" : "embedding";
  const rows = sql.exec<{ key: number; scanned: ArrayBuffer }>(
    `SELECT key, ${column} AS scanned FROM vectors WHERE key IN (SELECT value FROM json_each(?))`,
    keysOf(space, slots),
  );
  return new Map(
    Array.from(rows, ({ key, scanned }) => [positionOf(key), new Float32Array(scanned)]),
  );
}
