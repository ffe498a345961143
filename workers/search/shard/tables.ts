/**
 * The tables of a shard. Numbers of spaces stand for versions. A `key` is `keyOf` a space and a slot or block, so
 * that a space's rows are together, in order.
 */
const TABLES = `
CREATE TABLE shard (
  uid TEXT NOT NULL, position INTEGER NOT NULL, shards INTEGER NOT NULL, capacity INTEGER NOT NULL,
  served INTEGER NOT NULL, target INTEGER, previous INTEGER, sealed INTEGER NOT NULL, revision INTEGER NOT NULL
);
CREATE TABLE spaces (
  space INTEGER PRIMARY KEY, version TEXT NOT NULL UNIQUE, width INTEGER NOT NULL, local INTEGER NOT NULL
);
CREATE TABLE items (
  slot INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, metadata TEXT NOT NULL, sha256 TEXT, image TEXT, etag TEXT,
  revision INTEGER NOT NULL
);
CREATE TABLE free (slot INTEGER PRIMARY KEY);
CREATE TABLE tags (key TEXT NOT NULL, value TEXT NOT NULL, slot INTEGER NOT NULL, PRIMARY KEY (key, value, slot))
  WITHOUT ROWID;
CREATE TABLE vectors (key INTEGER PRIMARY KEY, embedding BLOB NOT NULL, place BLOB, reference REAL);
CREATE TABLE codes (key INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE densities (key INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE pending (id TEXT PRIMARY KEY, pictured INTEGER NOT NULL) WITHOUT ROWID;
`;

/** More than there are slots. */
const SPACE = 2 ** 32;

export const keyOf = (space: number, position: number): number => space * SPACE + position;

/** Slot or block of a key. */
export const positionOf = (key: number): number => key % SPACE;

/** Least and largest key of a space. */
export const keysOf = (space: number): [number, number] => [
  keyOf(space, 0),
  keyOf(space, SPACE - 1),
];

export function createTables(sql: SqlStorage): void {
  sql.exec(TABLES);
}

export const hasTables = (sql: SqlStorage): boolean =>
  sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'shard'").toArray().length > 0;
