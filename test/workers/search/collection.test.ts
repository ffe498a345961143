import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { RankedSpace } from "../../../workers/protocol/collection.ts";
import type { ShardRpc } from "../../../workers/protocol/shard.ts";
import type { Space } from "../../../workers/protocol/vector.ts";
import { Collection } from "../../../workers/search/collection/collection.ts";
import { shardOf } from "./shards.ts";
import { itemOf, LOCAL, PLAIN, random, vectorOf } from "./space.ts";

const { COLLECTIONS, SHARDS } = env;
const next = random(43);

const ranked = (space: Space): RankedSpace => ({ ...space, ranking: "d" });
const A = ranked(PLAIN);
const B = ranked({ ...PLAIN, version: "plain-2" });
const C = ranked(LOCAL);

/** A moment that others wait for. */
function moment() {
  let come = () => {};
  const here = new Promise<void>((resolve) => (come = resolve));
  return { here, come };
}

type Calls = Pick<ShardRpc, "follow" | "seal">;

let made = 0;

/**
 * A collection of two shards, whose calls come to them by way of a test.
 *
 * @param wrap of the shard in a place
 */
async function withCollection(
  wrap: (shard: Calls, index: number) => Partial<Calls>,
  test: (collection: Collection, shards: ReturnType<typeof shardOf>[]) => Promise<void>,
): Promise<void> {
  const name = `collection-of-test-${made++}`;
  const stub = COLLECTIONS.get(COLLECTIONS.idFromName(name));
  await runInDurableObject(stub, async (_, state) => {
    const places = new Map<string, number>();
    const wrapped = {
      idFromName: (shard: string) => {
        const id = SHARDS.idFromName(shard);
        places.set(id.toString(), Number(shard.split("/")[1]));
        return id;
      },
      get: (id: DurableObjectId) => {
        const shard = SHARDS.get(id);
        const calls: Calls = {
          follow: async (...spaces) => await shard.follow(...spaces),
          seal: async (version) => await shard.seal(version),
        };
        return {
          setUp: async (...setup: Parameters<typeof shard.setUp>) => await shard.setUp(...setup),
          unseal: async () => await shard.unseal(),
          ...calls,
          ...wrap(calls, places.get(id.toString()) ?? -1),
        };
      },
    };
    const collection = new Collection(state, { ...env, SHARDS: wrapped });
    const spec = { name, model: "tiny", storeImages: false, prefix: null };
    const created = await collection.create(
      { ...spec, capacity: 2_500_000, candidates: "scan" },
      A,
    );
    if (!("record" in created)) throw new Error("the collection was there already");
    const { uid, shards } = created.record;
    expect(shards).toBe(2);
    await test(collection, [shardOf(uid, 0), shardOf(uid, 1)]);
  });
}

const item = (id: string) => itemOf(id, { [A.version]: vectorOf(next, A) });

it("tells shards in the end what it wants in the end", async () => {
  const release = moment();
  let calls = 0;
  const late = ({ follow }: Calls) => ({
    follow: async (served: Space, target: Space | null) => {
      // The first call of each shard takes longer than those after it.
      if (calls++ < 2) await release.here;
      await follow(served, target);
    },
  });
  await withCollection(late, async (collection, shards) => {
    const first = collection.retarget(B);
    const second = collection.retarget(C);
    await scheduler.wait(50);
    release.come();
    await Promise.all([first, second]);
    for (const shard of shards) {
      expect(await shard.get(C.version, [])).toEqual([]);
      expect(await shard.get(B.version, [])).toEqual({ refused: "version" });
    }
  });
});

it("does not serve a version that some shard does not know of, and tells it later", async () => {
  let fails = true;
  const deaf = ({ follow }: Calls, index: number) => ({
    follow: async (served: Space, target: Space | null) => {
      if (index === 1 && fails) throw new Error("the shard cannot be reached");
      await follow(served, target);
    },
  });
  await withCollection(deaf, async (collection, [, shard]) => {
    await shard.put([item("a")]);
    await expect(collection.retarget(B)).rejects.toThrow("cannot be reached");
    expect((await collection.advance())?.served.version).toBe(A.version);
    await expect(collection.alarm()).rejects.toThrow("cannot be reached");
    fails = false;
    await collection.alarm();
    expect(await shard.state()).toMatchObject({ items: 1, pending: 1 });
    expect((await collection.advance())?.served.version).toBe(A.version);
  });
});

it("does not serve a version that was given up and wanted again while shards were asked", async () => {
  const [sealed, release] = [moment(), moment()];
  let count = 0;
  const slow = ({ seal }: Calls) => ({
    seal: async (version: string) => {
      const lacking = await seal(version);
      if (++count === 2) sealed.come();
      await release.here;
      return lacking;
    },
  });
  await withCollection(slow, async (collection, [shard]) => {
    await collection.retarget(B);
    const advanced = collection.advance();
    await sealed.here;
    await collection.retarget(A);
    await shard.put([item("a")]);
    await collection.retarget(B);
    release.come();
    expect((await advanced)?.served.version).toBe(A.version);
    expect(await shard.state()).toMatchObject({ items: 1, pending: 1 });
  });
});

const whole = () => ({});

it("counts a slice of a search for duplicates once that is delivered twice", async () => {
  await withCollection(whole, async (collection) => {
    const job = await collection.startDuplicates(0.5, 8);
    if (!job) throw new Error("there is a collection");
    const pair = { a: "a", b: "b", score: 1, probability: 0.9 };
    const first = { job: job.id, from: null, next: "m" };
    for (let delivery = 0; delivery < 2; delivery++) {
      expect(await collection.addPairs(first, 5, [pair])).toEqual({ from: "m" });
      expect(await collection.duplicateJob()).toMatchObject({ done: 5, state: "running" });
    }
    const last = { job: job.id, from: "m", next: null };
    for (let delivery = 0; delivery < 2; delivery++) {
      expect(await collection.addPairs(last, 3, [])).toBe("nothing");
      expect(await collection.duplicateJob()).toMatchObject({ done: 8, state: "done" });
    }
    expect((await collection.duplicates())?.pairs).toEqual([pair]);
  });
});

it("counts a slice of a reconciliation once that is delivered twice", async () => {
  await withCollection(whole, async (collection) => {
    const started = await collection.startSync();
    if (!started) throw new Error("there is a collection");
    const counts = { listed: 5, changed: 2, removed: 1 };
    const slice = { job: started.job.id, from: null, next: "m" };
    for (let delivery = 0; delivery < 2; delivery++) {
      expect(await collection.stepSync(slice, counts)).toEqual({ from: "m" });
      expect(await collection.sync()).toMatchObject({ ...counts, state: "running" });
    }
    expect((await collection.startSync())?.from).toBe("m");
  });
});
