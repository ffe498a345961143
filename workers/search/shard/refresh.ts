import { DENSITY_NEIGHBOURS } from "../../../shared/pddm/density.ts";
import type { Objects } from "../../protocol/objects.ts";
import type { Nearest, PlaceOf, ShardRpc } from "../../protocol/shard.ts";
import { logError } from "../../http/log.ts";
import * as densities from "./densities.ts";
import { nearest } from "./search.ts";
import type { Call, Store } from "./store.ts";

/** Items whose nearest are found together while searches wait, and how many such slices a run takes. */
const SLICE = 16;
const SLICES = 32;

/** Milliseconds until the next run: after a change, between runs, after an error. */
const AFTER_CHANGE = 1000;
const BETWEEN = 100;
const AFTER_ERROR = 10_000;

/**
 * The nearest are found anew when the collection's size has changed by so much since: while it is written to, and when
 * nobody has written for a while. An item may be among the nearest of others that are not among its own.
 */
const TOLERANCE = 0.2;
const CALM_TOLERANCE = 0.005;
const CALM = 10_000;

/** Finds the nearest of items anew in the background, by alarms, as long as some are outdated. */
export class Refresh {
  /** Size of the collection when its items were last compared with it, by version and tolerance. */
  private readonly checkedSizes = new Map<string, number>();
  /** When the shard last changed, in milliseconds; null if all items were compared with the size since. */
  private changed: number | null = 0;

  constructor(
    private readonly storage: DurableObjectStorage,
    private readonly store: Store,
    private readonly shards: Objects<ShardRpc>,
  ) {}

  /** Lets a run follow a change, if the collection has densities. */
  async arrange(): Promise<void> {
    this.changed = Date.now();
    await this.runIn(AFTER_CHANGE);
  }

  private async runIn(delay: number): Promise<void> {
    const versions = this.store.call(densities.densityVersions) ?? [];
    if (versions.length === 0 || (await this.storage.getAlarm()) !== null) return;
    await this.storage.setAlarm(Date.now() + delay);
  }

  /** One run. Failures, such as of other shards, only delay the next one. */
  async run(): Promise<void> {
    const next = await this.runOnce().catch((error: unknown) => {
      logError(error, { event: "densities were not taken" });
      return AFTER_ERROR;
    });
    if (next !== null) await this.runIn(next);
  }

  /** @returns when the next run is due; null if there is nothing left to do */
  private async runOnce(): Promise<number | null> {
    const { changed } = this;
    const wait = changed === null ? 0 : changed + CALM - Date.now();
    const tolerance = wait > 0 ? TOLERANCE : CALM_TOLERANCE;
    for (const version of this.store.call(densities.densityVersions) ?? []) {
      for (let slice = 0; await this.takeSlice(version, tolerance); slice++) {
        if (slice === SLICES) return BETWEEN;
        // Lets searches come in between, also where there are no other shards to wait for.
        await scheduler.wait(1);
      }
    }
    if (wait > 0) return wait;
    if (this.changed === changed) this.changed = null;
    return null;
  }

  /** @returns whether there was something to do */
  private async takeSlice(version: string, tolerance: number): Promise<boolean> {
    const slice = this.store.call((call) => {
      const { uid, position, shards } = call.settings;
      return { uid, position, shards, items: densities.outdated(call, version, SLICE) };
    });
    if (!slice) return false;
    const { uid, position, shards, items } = slice;
    const places = items.map(({ id, place }) => ({ id, place }));
    const answers = await Promise.all(
      Array.from({ length: shards }, async (_, shard) => {
        if (shard === position) return this.nearestHere(version, places);
        return await this.nearestOf(`${uid}/${shard}`, version, places);
      }),
    );
    const size = answers.reduce((sum, answer) => sum + answer.items, 0);
    this.store.call((call) => {
      const taken = densities.neighbourhoodsOf(items, answers, size);
      densities.setNeighbourhoods(call, version, taken);
    });
    return this.markResized(version, size, tolerance) || items.length > 0;
  }

  /** Looks at all items only where the collection's size has changed by a part of the tolerance since. */
  private markResized(version: string, size: number, tolerance: number): boolean {
    const comparison = `${version} ${tolerance}`;
    const checked = this.checkedSizes.get(comparison) ?? 0;
    if (Math.abs(size - checked) <= (checked * tolerance) / 20) return false;
    this.checkedSizes.set(comparison, size);
    const mark = (call: Call) => densities.markResized(call, version, size, tolerance);
    return this.store.call(mark) === true;
  }

  private nearestHere(version: string, places: PlaceOf[]): Nearest {
    const answer = this.store.call((call) =>
      nearest(call, version, places, DENSITY_NEIGHBOURS, false),
    );
    if (answer && !densities.isRefusal(answer)) return answer;
    throw new Error(`the shard does not serve version ${version} any more`);
  }

  private async nearestOf(name: string, version: string, places: PlaceOf[]): Promise<Nearest> {
    const shard = this.shards.get(this.shards.idFromName(name));
    const answer = await shard.nearest(version, places, DENSITY_NEIGHBOURS, false);
    if (!densities.isRefusal(answer)) return answer;
    throw new Error(`shard ${name} refused version ${version}: ${answer.refused}`);
  }
}
