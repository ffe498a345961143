import type { Located, Refusal, ShardState, StoredItem } from "../../protocol/shard.ts";
import { Densities } from "../scan/densities.ts";
import { blockOf, SLOTS } from "../scan/layout.ts";
import { countItems, itemsById, readItems, vectorsOf } from "./items.ts";
import type { StoredSpace } from "./settings.ts";
import type { Call } from "./store.ts";
import { keyOf, keysOf } from "./tables.ts";

/** The space of a version that is served, or that will be. */
export function followed({ settings }: Call, version: string): StoredSpace | null {
  const { served, target } = settings;
  return [served, target].find((space) => space?.version === version) ?? null;
}

/** The items with these ids that have a vector of the version. */
export function get(call: Call, version: string, ids: string[]): Located[] | Refusal {
  const space = followed(call, version);
  if (!space) return { refused: "version" };
  const placed = [...itemsById(call.sql, ids).values()];
  const slots = placed.map(({ slot }) => slot);
  const vectors = vectorsOf(call.sql, space, slots);
  return placed.flatMap(({ slot, item }) => {
    const vector = vectors.get(slot);
    return vector ? [{ ...item, vector, nearest: nearestOf(call, space, slot) }] : [];
  });
}

/** Items in the order of their ids. */
export function list({ sql }: Call, after: string | null, limit: number): StoredItem[] {
  const query = "SELECT * FROM items WHERE id > ? ORDER BY id LIMIT ?";
  return readItems(sql, query, after ?? "", limit).map(({ item }) => item);
}

/** Items that lack a vector of the target and whose picture is kept, in the order of their ids. */
export function pending({ sql }: Call, after: string | null, limit: number): StoredItem[] {
  const query = `SELECT items.* FROM pending JOIN items USING (id) WHERE pictured AND id > ? ORDER BY id LIMIT ?`;
  return readItems(sql, query, after ?? "", limit).map(({ item }) => item);
}

export function state(call: Call): ShardState {
  const { sql, settings } = call;
  const lacking = sql
    .exec<{ pending: number; unpictured: number }>(
      "SELECT count(*) AS pending, count(*) - ifnull(sum(pictured), 0) AS unpictured FROM pending",
    )
    .one();
  return {
    items: countItems(sql),
    ...lacking,
    outdated: call.peek(settings.served)?.tally.outdated ?? countOutdated(sql, settings.served),
    bytes: sql.databaseSize,
  };
}

/** In a local space, the mean cosine of the nearest of the item in a slot, if it is known. */
function nearestOf({ sql }: Call, space: StoredSpace, slot: number): number | null {
  if (!space.local) return null;
  const { bytes } = sql
    .exec<{ bytes: ArrayBuffer }>(
      "SELECT bytes FROM densities WHERE key = ?",
      keyOf(space.space, blockOf(slot)),
    )
    .one();
  return new Densities(bytes).nearestOf(slot % SLOTS);
}

function countOutdated(sql: SqlStorage, { space }: StoredSpace): number {
  const rows = sql.exec<{ bytes: ArrayBuffer }>(
    "SELECT bytes FROM densities WHERE key BETWEEN ? AND ?",
    ...keysOf(space),
  );
  let outdated = 0;
  for (const { bytes } of rows) outdated += new Densities(bytes).tally().outdated;
  return outdated;
}
