import type { Filter, Operators, Scalar } from "../../protocol/metadata.ts";
import { rangeOf, tagOf } from "./tags.ts";

/** A query whose rows are slots, and its only parameter. */
export interface FilterQuery {
  sql: string;
  /** JSON of a list: keys and tags, which the query refers to by their positions. */
  parameter: string;
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

  const keys = Object.entries(filter).map(([name, wanted]) => {
    const key = text(name);
    const { some, none } = conditionsOf(typeof wanted === "object" ? wanted : { $eq: wanted });
    const slots = (condition: string) =>
      `(SELECT slot FROM tags WHERE key = ${key} AND ${condition})`;
    const conditions = [
      ...some.map((condition) => `slot IN ${slots(condition)}`),
      ...none.map((condition) => `slot NOT IN ${slots(condition)}`),
    ];
    return `(${conditions.join(" AND ") || "TRUE"})`;
  });
  const where = keys.length > 0 ? ` WHERE ${keys.join(" AND ")}` : "";
  return { sql: `SELECT slot FROM items${where}`, parameter: JSON.stringify(values) };
}
