import { DENSITY_NEIGHBOURS, meanOfLargest } from "../../../shared/pddm/density.ts";
import type { Nearest, Neighbourhood, PlaceOf, Refusal } from "../../protocol/shard.ts";
import { SLOTS } from "../scan/layout.ts";
import { itemsBySlot, scannedIn, slotsById } from "./items.ts";
import type { StoredSpace } from "./settings.ts";
import type { Call } from "./store.ts";

/** An item whose nearest are to be found. */
export interface Outdated extends PlaceOf {
  revision: number;
}

/** Stores what is known of the neighbours of items whose revision is still that. */
export function setNeighbourhoods(
  call: Call,
  version: string,
  neighbourhoods: Neighbourhood[],
): void {
  const space = localSpaceOf(call, version);
  if (!space) return;
  const ids = neighbourhoods.map(({ id }) => id);
  const slots = slotsById(call.sql, ids);
  const items = itemsBySlot(call.sql, [...slots.values()]);
  const edit = call.edit(space);
  for (const { id, revision, nearest, items: size } of neighbourhoods) {
    const slot = slots.get(id);
    if (slot === undefined || items.get(slot)?.revision !== revision) continue;
    const block = edit.densitiesOf(slot);
    if (block.has(slot % SLOTS)) block.take(slot % SLOTS, nearest, size);
  }
}

/** Of the versions that are complete, those with densities. */
export function densityVersions({ settings }: Call): string[] {
  const { served, target, sealed } = settings;
  const spaces = sealed && target ? [served, target] : [served];
  return spaces.filter(({ local }) => local).map(({ version }) => version);
}

/** At most `limit` items whose nearest are to be found. */
export function outdated(call: Call, version: string, limit: number): Outdated[] {
  const space = localSpaceOf(call, version);
  if (!space) return [];
  const slots: number[] = [];
  for (const slot of call.matrixOf(space).outdatedSlots()) {
    if (slots.length === limit) break;
    slots.push(slot);
  }
  const places = scannedIn(call.sql, space, slots);
  return Array.from(itemsBySlot(call.sql, slots)).flatMap(([slot, { id, revision }]) => {
    const place = places.get(slot);
    return place ? [{ id, revision, place }] : [];
  });
}

/**
 * Marks items whose nearest were found when the collection had another size by more than a share of it.
 *
 * @returns whether there are any
 */
export function markResized(
  call: Call,
  version: string,
  items: number,
  tolerance: number,
): boolean {
  const space = localSpaceOf(call, version);
  if (!space) return false;
  const edit = call.edit(space);
  const blocks = call.matrixOf(space).resizedBlocks(items, tolerance);
  for (const block of blocks) edit.densitiesOf(block * SLOTS).markResized(items, tolerance);
  return blocks.length > 0;
}

/** g of each item, from the cosines that each shard has found. @param size items of the collection */
export function neighbourhoodsOf(
  items: Outdated[],
  answers: Nearest[],
  size: number,
): Neighbourhood[] {
  return items.map(({ id, revision }, i) => {
    const cosines = answers.flatMap((answer) => [...(answer.cosines[i] ?? [])]);
    const count = Math.min(DENSITY_NEIGHBOURS, cosines.length);
    const nearest = count === 0 ? NaN : meanOfLargest(Float32Array.from(cosines), count);
    return { id, revision, nearest, items: size };
  });
}

export const isRefusal = (answer: object): answer is Refusal => "refused" in answer;

function localSpaceOf({ settings }: Call, version: string): StoredSpace | null {
  const space = settings.spaces.find((each) => each.version === version);
  return space?.local ? space : null;
}
