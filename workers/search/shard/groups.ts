import { type Metadata, scalarAt } from "../../protocol/metadata.ts";
import { metadataIn } from "./items.ts";
import { tagOf } from "./tags.ts";

/** So many of a group are answered: by float32, and by the true S, the best may be another one than by 8 bits. */
const OF_GROUP = 4;

/** What an item's group is named by; null if it has no scalar at the key. */
function groupOf(metadata: Metadata, key: string): string | null {
  const value = scalarAt(metadata, key);
  return value === undefined ? null : tagOf(value);
}

/** How many values a key has in all items, `most` if there are more. Finds each in the index, without the items. */
const countValues = (sql: SqlStorage, key: string, most: number): number =>
  sql
    .exec<{ count: number }>(
      `WITH RECURSIVE found(value) AS (
        SELECT min(value) FROM tags WHERE key = ?1
        UNION ALL
        SELECT (SELECT min(value) FROM tags WHERE key = ?1 AND value > found.value) FROM found
          WHERE value IS NOT NULL
      ) SELECT count(value) AS count FROM (SELECT value FROM found LIMIT ?2)`,
      ...[key, most],
    )
    .one().count;

/**
 * The best slots of `count` groups, a few of each, or of all groups if there are fewer.
 *
 * @param select answers so many of the best slots, the best first
 */
export function selectGroups(
  sql: SqlStorage,
  select: (most: number) => number[],
  key: string,
  count: number,
): number[] {
  const enough = countValues(sql, key, count);
  const groups = new Map<number, string | null>();
  for (let most = 2 * count; ; most *= 2) {
    const slots = select(most);
    const unknown = slots.filter((slot) => !groups.has(slot));
    for (const [slot, metadata] of metadataIn(sql, unknown)) {
      groups.set(slot, groupOf(metadata, key));
    }
    const members = new Map<string, number[]>();
    for (const slot of slots) {
      const group = groups.get(slot);
      if (group === undefined || group === null) continue;
      const known = members.get(group);
      if (known) known.push(slot);
      else if (members.size < count) members.set(group, [slot]);
    }
    if (members.size < enough && slots.length === most) continue;
    return [...members.values()].flatMap((all) => all.slice(0, OF_GROUP));
  }
}
