import type { ShardRpc } from "../../protocol/shard.ts";
import type { Space } from "../../protocol/vector.ts";
import { itemsById } from "./items.ts";
import { addSpace } from "./settings.ts";
import type { Call } from "./store.ts";
import { keysOf } from "./tables.ts";
import { writeVector } from "./write.ts";

/**
 * Says which version is served and which one is wanted next. Vectors of the version that was served before are
 * kept, so that one can move back; and those of a target that is given up until there is another one.
 */
export function follow(call: Call, served: Space, target: Space | null): void {
  const { sql, settings } = call;
  const before = settings.served;
  const moves = before.version !== served.version;
  const previous = moves ? before.space : (settings.previous?.space ?? null);
  const servedSpace = addSpace(sql, served);
  const targetSpace = target && addSpace(sql, target);
  const sealed = settings.sealed && settings.target?.version === target?.version;
  sql.exec(
    "UPDATE shard SET served = ?, target = ?, previous = ?, sealed = ?",
    ...[servedSpace, targetSpace, previous, sealed ? 1 : 0],
  );
  if (moves || target) {
    const kept = [servedSpace, targetSpace, previous];
    for (const { space } of settings.spaces) if (!kept.includes(space)) removeSpace(sql, space);
  }
  sql.exec("DELETE FROM pending");
  if (targetSpace === null) return;
  sql.exec(
    `INSERT INTO pending SELECT id, image IS NOT NULL OR etag IS NOT NULL FROM items
      WHERE slot + ? NOT IN (SELECT key FROM vectors WHERE key BETWEEN ? AND ?)`,
    ...[keysOf(targetSpace)[0], ...keysOf(targetSpace)],
  );
}

/** Adds vectors of the target to items whose revision is still that. */
export function supply(call: Call, ...[version, vectors]: Parameters<ShardRpc["supply"]>): void {
  const { target } = call.settings;
  if (target?.version !== version) return;
  const placed = itemsById(
    call.sql,
    vectors.map(({ id }) => id),
  );
  for (const { id, revision, vector } of vectors) {
    const found = placed.get(id);
    if (found?.item.revision !== revision) continue;
    writeVector(call, target, found.slot, vector);
    call.sql.exec("DELETE FROM pending WHERE id = ?", id);
  }
}

/**
 * If no item lacks a vector of the target, refuses from now on what does.
 *
 * @returns the items that lack one; null if the version is not the target
 */
export function seal({ sql, settings }: Call, version: string): number | null {
  if (settings.target?.version !== version) return null;
  const { lacking } = sql
    .exec<{ lacking: number }>("SELECT count(*) AS lacking FROM pending")
    .one();
  if (lacking === 0) sql.exec("UPDATE shard SET sealed = 1");
  return lacking;
}

/** Items may lack vectors of the target again. */
export function unseal({ sql }: Call): void {
  sql.exec("UPDATE shard SET sealed = 0");
}

function removeSpace(sql: SqlStorage, space: number): void {
  for (const table of ["vectors", "codes", "densities"]) {
    sql.exec(`DELETE FROM ${table} WHERE key BETWEEN ? AND ?`, ...keysOf(space));
  }
  sql.exec("DELETE FROM spaces WHERE space = ?", space);
}
