import type { Filter, Operators, Scalar } from "../../protocol/metadata.ts";
import { rangeOf, tagOf } from "./tags.ts";

/** A query whose rows are slots, some more than once. */
export interface FilterQuery {
  sql: string;
  /** JSON of a list: keys and tags, which the query refers to by their positions. None without conditions. */
  parameters: [] | [string];
}

const RANGES = { $lt: "<", $lte: "<=", $gt: ">", $gte: ">=" } as const;

/** Writes a filter as SQL. A statement has room for 100 parameters, and a filter may have more values. */
export function filterQuery(filter: Filter): FilterQuery {
  const values: (string | string[])[] = [];
  const positionOf = (value: string | string[]) => values.push(value) - 1;
  const text = (value: string) => `(?1 ->> ${positionOf(value)})`;
  const equalsAny = (scalars: Scalar[]) =>
    `value IN (SELECT value FROM json_each(?1, '$[${positionOf(scalars.map(tagOf))}]'))`;

  /** Conditions of a tag that some tag of the key meets, and those that none meets. */
  const conditionsOf = (operators: Operators) => {
    const { $eq, $ne, $in, $nin, ...ranges } = operators;
    const some: string[] = [];
    const none: string[] = [];
    if ($eq !== undefined) some.push(`value = ${text(tagOf($eq))}`);
    if ($in) some.push(equalsAny($in));
    if ($ne !== undefined) none.push(`value = ${text(tagOf($ne))}`);
    if ($nin) none.push(equalsAny($nin));
    for (const operator of ["$lt", "$lte", "$gt", "$gte"] as const) {
      const limit = ranges[operator];
      if (limit === undefined) continue;
      const [first, beyond] = rangeOf(limit);
      const bound = `value ${RANGES[operator]} ${text(tagOf(limit))}`;
      some.push(`${bound} AND value >= '${first}' AND value < '${beyond}'`);
    }
    return { some, none };
  };

  const allSome: string[] = [];
  const allNone: string[] = [];
  for (const [name, wanted] of Object.entries(filter)) {
    const key = text(name);
    const { some, none } = conditionsOf(typeof wanted === "object" ? wanted : { $eq: wanted });
    const slots = (condition: string) =>
      `SELECT slot FROM tags WHERE key = ${key} AND ${condition}`;
    allSome.push(...some.map(slots));
    allNone.push(...none.map(slots));
  }
  const [first = "SELECT slot FROM items WHERE TRUE", ...others] = allSome;
  const conditions = [
    ...others.map((slots) => `slot IN (${slots})`),
    ...allNone.map((slots) => `slot NOT IN (${slots})`),
  ];
  const sql = [first, ...inGroups(conditions)].join(" AND ");
  return { sql, parameters: values.length > 0 ? [JSON.stringify(values)] : [] };
}

/** In brackets of 12: SQLite allows expressions of a depth of 100, and a row of conditions is as deep as it is long. */
function inGroups(conditions: string[]): string[] {
  const count = Math.ceil(conditions.length / 12);
  return Array.from({ length: count }, (_, group) => {
    const members = conditions.slice(12 * group, 12 * (group + 1));
    return `(${members.join(" AND ")})`;
  });
}
