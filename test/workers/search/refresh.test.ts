import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { DENSITY_NEIGHBOURS } from "../../../shared/pddm/density.ts";
import type { NewItem } from "../../../workers/protocol/shard.ts";
import { Shard } from "../../../workers/search/shard/shard.ts";
import { accepted, newShards, settle, shardOf } from "./shards.ts";
import { itemOf, LOCAL, product, random, vectorOf } from "./space.ts";

type Shards = Awaited<ReturnType<typeof newShards>>;

const placeOf = ({ vectors }: NewItem) => vectors[LOCAL.version].place ?? new Float32Array();

function meanOfNearest(item: NewItem, all: NewItem[]): number {
  const others = all.filter(({ id }) => id !== item.id);
  const cosines = others.map((other) => product(placeOf(item), placeOf(other)));
  const nearest = cosines.sort((a, b) => b - a).slice(0, DENSITY_NEIGHBOURS);
  return nearest.reduce((sum, cosine) => sum + cosine, 0) / nearest.length;
}

async function expectExact(shards: Shards, items: NewItem[]): Promise<void> {
  const ids = items.map(({ id }) => id);
  const located = (
    await Promise.all(shards.map(async (shard) => accepted(await shard.get(LOCAL.version, ids))))
  ).flat();
  expect(located).toHaveLength(items.length);
  const nearest = new Map(located.map((item) => [item.id, item.nearest]));
  for (const item of items) {
    expect(nearest.get(item.id), item.id).toBeCloseTo(meanOfNearest(item, items), 5);
  }
  const states = await Promise.all(shards.map(async (shard) => accepted(await shard.state())));
  expect(states.map(({ outdated }) => outdated)).toEqual(shards.map(() => 0));
  const query = placeOf(items[0]);
  const question = { version: LOCAL.version, query, candidates: 500, neighbours: 20, excluded: [] };
  const { drift, ...found } = accepted(await shards[0].search(question));
  await runInDurableObject(shards[0], async (_, state) => {
    // These read from the database what the other one has in memory; there is no room for one of them to stay.
    for (const woken of [new Shard(state, env), new Shard(state, { ...env, MATRIX_BYTES: "1" })]) {
      const { drift: own, ...same } = accepted(await woken.search(question));
      expect(same).toEqual(found);
      expect(own).toBeCloseTo(drift, 8);
    }
  });
}

it("alarms find the nearest of each item among all shards, and again when others come and go", async () => {
  const next = random(21);
  const shards = await newShards(2);
  const make = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) =>
      itemOf(`item-${from + i}`, { [LOCAL.version]: vectorOf(next, LOCAL) }),
    );
  const put = (items: NewItem[]) =>
    Promise.all(
      shards.map(async (shard, index) => {
        const own = items.filter(({ id }) => Number(id.split("-")[1]) % 2 === index);
        accepted(await shard.put(own));
      }),
    );
  const first = make(0, 150);
  await put(first);
  const [before] = accepted(await shards[0].get(LOCAL.version, ["item-0"]));
  expect(before.nearest).toBe(null);
  await settle(shards);
  await expectExact(shards, first);

  // Half as many again: all are found anew.
  const second = make(150, 225);
  await put(second);
  await settle(shards);
  await expectExact(shards, [...first, ...second]);

  const [kept, removed] = [second.slice(0, 1), [...first, ...second.slice(1)]];
  const ids = removed.map(({ id }) => id);
  await Promise.all(shards.map((shard) => shard.remove(ids)));
  await settle(shards);
  const [alone] = accepted(await shards[0].get(LOCAL.version, [kept[0].id]));
  expect(alone.nearest).toBe(null);
});

it("finds all anew some time after the last change, when items have come of which others do not know", async () => {
  const next = random(24);
  const [shard] = await newShards(1);
  const make = (count: number, name: string) =>
    Array.from({ length: count }, (_, i) =>
      itemOf(`${name}-${i}`, { [LOCAL.version]: vectorOf(next, LOCAL) }),
    );
  const [first, second] = [make(100, "first"), make(10, "second")];
  accepted(await shard.put(first));
  await settle([shard]);
  // Nobody says that these are among the nearest of others.
  accepted(await shard.put(second));
  await settle([shard]);
  await expect(expectExact([shard], [...first, ...second])).rejects.toThrow();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 11_000 });
  try {
    // Once to mark them.
    await runDurableObjectAlarm(shard);
    await settle([shard]);
  } finally {
    vi.useRealTimers();
  }
  await expectExact([shard], [...first, ...second]);
});

it("marks the items near a new one, which alarms then find anew", async () => {
  const next = random(22);
  const [shard] = await newShards(1);
  const items = Array.from({ length: 60 }, (_, i) =>
    itemOf(`${i}`, { [LOCAL.version]: vectorOf(next, LOCAL) }),
  );
  accepted(await shard.put(items));
  await settle([shard]);
  const added = itemOf("added", { [LOCAL.version]: vectorOf(next, LOCAL) });
  accepted(await shard.put([added]));
  expect(accepted(await shard.state()).outdated).toBe(1);
  const query = [{ id: "added", place: placeOf(added) }];
  const found = accepted(await shard.nearest(LOCAL.version, query, DENSITY_NEIGHBOURS, true));
  expect(found.items).toBe(61);
  expect(accepted(await shard.state()).outdated).toBe(1 + DENSITY_NEIGHBOURS);
  await settle([shard]);
  expect(accepted(await shard.state()).outdated).toBe(0);
  const all = [...items, added];
  const near = items.toSorted(
    (a, b) => product(placeOf(b), placeOf(added)) - product(placeOf(a), placeOf(added)),
  );
  const ids = near.slice(0, DENSITY_NEIGHBOURS).map(({ id }) => id);
  for (const { id, nearest } of accepted(await shard.get(LOCAL.version, ids))) {
    const item = items[Number(id)];
    expect(nearest).toBeCloseTo(meanOfNearest(item, all), 5);
  }
});

it("an alarm goes on after another shard has failed, and ends with the collection", async () => {
  const next = random(23);
  const uid = "with-a-late-shard";
  const [shard, late] = [shardOf(uid, 0), shardOf(uid, 1)];
  const setup = { uid, shards: 2, limit: 100, space: LOCAL };
  await shard.setUp({ ...setup, index: 0 });
  const items = Array.from({ length: 3 }, (_, i) =>
    itemOf(`${i}`, { [LOCAL.version]: vectorOf(next, LOCAL) }),
  );
  accepted(await shard.put(items));
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  expect(await runDurableObjectAlarm(shard)).toBe(true);
  expect(log.mock.calls.join()).toContain("refused version local-1: gone");
  log.mockRestore();
  expect(accepted(await shard.state()).outdated).toBe(3);

  await late.setUp({ ...setup, index: 1 });
  await settle([shard, late]);
  await expectExact([shard, late], items);

  accepted(await shard.put(items));
  await shard.destroy();
  expect(await runDurableObjectAlarm(shard)).toBe(false);
});
