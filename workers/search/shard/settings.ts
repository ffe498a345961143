import type { ShardSetup } from "../../protocol/shard.ts";
import type { Space } from "../../protocol/vector.ts";
import { createTables, hasTables } from "./tables.ts";

/** A space whose vectors the shard has. */
export interface StoredSpace extends Space {
  /** Stands for the version in tables. */
  space: number;
}

/** What the shard is part of, and which versions it keeps. */
export interface Settings {
  uid: string;
  position: number;
  shards: number;
  capacity: number;
  served: StoredSpace;
  target: StoredSpace | null;
  /** What was served before. */
  previous: StoredSpace | null;
  /** Whether items must have vectors of the target. */
  sealed: boolean;
  revision: number;
  /** All spaces with vectors. */
  spaces: StoredSpace[];
}

type ShardRow = Record<"uid", string> &
  Record<"position" | "shards" | "capacity" | "served" | "sealed" | "revision", number> &
  Record<"target" | "previous", number | null>;

type SpaceRow = Record<"version", string> & Record<"space" | "width" | "local", number>;

/** @returns null if the shard has not been set up */
export function readSettings(sql: SqlStorage): Settings | null {
  if (!hasTables(sql)) return null;
  const row = sql.exec<ShardRow>("SELECT * FROM shard").one();
  const spaces = sql
    .exec<SpaceRow>("SELECT * FROM spaces")
    .toArray()
    .map((space) => ({ ...space, local: space.local === 1 }));
  const find = (id: number | null) => spaces.find(({ space }) => space === id) ?? null;
  const served = find(row.served);
  if (!served) throw new Error("the shard has no space that it serves");
  return {
    ...row,
    served,
    target: find(row.target),
    previous: find(row.previous),
    sealed: row.sealed === 1,
    spaces,
  };
}

/** Makes the tables; if there are some, only changes the limit. */
export function setUp(sql: SqlStorage, setup: ShardSetup): void {
  const { uid, index, shards, limit } = setup;
  if (hasTables(sql)) {
    sql.exec("UPDATE shard SET capacity = ?", limit);
    return;
  }
  createTables(sql);
  const served = addSpace(sql, setup.space);
  sql.exec(
    "INSERT INTO shard VALUES (?, ?, ?, ?, ?, NULL, NULL, 0, 0)",
    ...[uid, index, shards, limit, served],
  );
}

/** @returns its number, which it may have already */
export function addSpace(sql: SqlStorage, { version, width, local }: Space): number {
  sql.exec(
    "INSERT OR IGNORE INTO spaces (version, width, local) VALUES (?, ?, ?)",
    ...[version, width, local ? 1 : 0],
  );
  const known = sql.exec<SpaceRow>("SELECT * FROM spaces WHERE version = ?", version).one();
  if (known.width !== width || (known.local === 1) !== local) {
    throw new Error(`version ${version} has another space already, of width ${known.width}`);
  }
  return known.space;
}
