import { DENSITY_NEIGHBOURS, meanOfLargest } from "../../../shared/pddm/density.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Neighbourhood } from "../../protocol/shard.ts";
import type { Revision } from "../../protocol/vector.ts";
import type { Settings } from "../env.ts";
import { positionsByShard, shardObject, shardObjects } from "./objects.ts";
import { allOrRefusal, isRefusal } from "./records.ts";

/** Mean of the largest cosines that shards have found of a place; null if there are none. */
export function nearestOf(cosines: Iterable<ArrayLike<number>>): number | null {
  const all = Float32Array.from(Array.from(cosines, (some) => Array.from(some)).flat());
  const count = Math.min(all.length, DENSITY_NEIGHBOURS);
  return count === 0 ? null : meanOfLargest(all, count);
}

/** An item that was just written, with its place. */
export interface Settling {
  id: string;
  revision: Revision;
  place: Float32Array;
}

/**
 * Tells the shards how near the neighbours of new items are, and that the items found have a new neighbour. What
 * fails here is done by the shards in the background.
 */
export async function settle(
  settings: Settings,
  record: CollectionRecord,
  items: Settling[],
): Promise<void> {
  const { version } = record.served;
  const places = items.map(({ id, place }) => ({ id, place }));
  const answers = allOrRefusal(
    await Promise.all(
      shardObjects(settings, record).map((shard) =>
        shard.nearest(version, places, DENSITY_NEIGHBOURS, true),
      ),
    ),
  );
  if (isRefusal(answers)) return;
  const count = answers.reduce((sum, answer) => sum + answer.items, 0);
  const positions = positionsByShard(
    items.map(({ id }) => id),
    record,
  );
  await Promise.all(
    Array.from(positions, ([index, at]) => {
      const known = at.flatMap((i): Neighbourhood[] => {
        const { id, revision } = items[i]!;
        const nearest = nearestOf(answers.map(({ cosines }) => cosines[i]!));
        return nearest === null ? [] : [{ id, revision, nearest, items: count }];
      });
      return shardObject(settings, record, index).setNeighbourhoods(version, known);
    }),
  );
}
