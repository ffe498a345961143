import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { NewItem } from "../../../workers/protocol/shard.ts";
import type { Space } from "../../../workers/protocol/vector.ts";
import { Shard } from "../../../workers/search/shard/shard.ts";
import { accepted, newShards } from "./shards.ts";
import { itemOf, LOCAL, PLAIN, product, random, vectorOf } from "./space.ts";

const STEPS = 500;
const IDS = 150;
/** By 8 bits, of which the best few are the best by float32. */
const CANDIDATES = 40;
const OTHER: Space = { version: "local-2", width: 40, local: true };
const SPACES = [LOCAL, PLAIN, OTHER];

const next = random(47);
const pick = <T>(list: T[]): T => list[Math.floor(next() * list.length)];

/** What an item is, with the versions of its vectors that were sent. */
interface Held {
  item: NewItem;
  revision: number;
}

it(`shards hold what a naive model of them holds over ${STEPS} random changes`, async () => {
  // Of three, of which one does not answer, so that no alarm changes densities meanwhile.
  const shards = await newShards(2, { space: LOCAL, shards: 3 });
  const model = shards.map(() => new Map<string, Held>());
  let served = LOCAL;
  let target: Space | null = null;

  const make = (id: string, spaces: Space[]): NewItem => ({
    ...itemOf(id, Object.fromEntries(spaces.map((it) => [it.version, vectorOf(next, it)]))),
    metadata: next() < 0.5 ? { of: pick([1, 2, 3]) } : {},
  });
  const follow = async (to: Space, wanted: Space | null) => {
    for (const shard of shards) await shard.follow(to, wanted);
    [served, target] = [to, wanted];
  };
  const put = async (at: number) => {
    const count = 1 + Math.floor(next() * 5);
    const spaces = [served, ...(target && next() < 0.7 ? [target] : [])];
    const items = Array.from({ length: count }, () => make(`i${Math.floor(next() * IDS)}`, spaces));
    const written = accepted(await shards[at].put(items));
    written.forEach(({ id, revision }, i) => {
      model[at].set(id, { item: items[i], revision });
    });
  };
  const remove = async (at: number) => {
    const ids = Array.from({ length: 3 }, () => `i${Math.floor(next() * IDS)}`);
    const removed = accepted(await shards[at].remove(ids)).map(({ id }) => id);
    expect(removed.sort()).toEqual([...new Set(ids)].filter((id) => model[at].has(id)).sort());
    for (const id of ids) model[at].delete(id);
  };
  const neighbourhoods = async (at: number) => {
    const known = [...model[at]].filter(() => next() < 0.1);
    await shards[at].setNeighbourhoods(
      served.version,
      known.map(([id, { revision }]) => {
        // Some of a content that is no more.
        const outdated = next() < 0.2 ? 1 : 0;
        return { id, revision: revision - outdated, nearest: next(), items: 2 + model[at].size };
      }),
    );
  };
  /** Sends what the target lacks, and serves it. */
  const move = async () => {
    const wanted = target;
    if (!wanted) return;
    for (const [at, shard] of shards.entries()) {
      for (const [id, held] of model[at]) {
        const item = {
          ...held.item,
          vectors: { ...held.item.vectors, ...make(id, [wanted]).vectors },
        };
        held.item = item;
        const vector = item.vectors[wanted.version];
        await shard.supply(wanted.version, [{ id, revision: held.revision, vector }]);
      }
      expect(await shard.seal(wanted.version)).toBe(0);
    }
    await follow(wanted, null);
  };
  const check = async (at: number) => {
    const { local, version, width } = served;
    const scanned = ({ item }: Held) => {
      const { place, embedding } = item.vectors[version];
      return place ?? embedding;
    };
    const query = vectorOf(next, { version, width, local: false }).embedding;
    const filter = next() < 0.5 ? { of: 1 } : undefined;
    const question = {
      version,
      query,
      candidates: CANDIDATES,
      neighbours: local ? 5 : 0,
      excluded: [],
    };
    const found = accepted(await shards[at].search({ ...question, filter }));
    const held = [...model[at].values()];
    expect(found.items).toBe(held.length);
    const near = held.map((it) => product(query, scanned(it))).sort((a, b) => b - a);
    found.cosines.forEach((cosine, i) => expect(cosine).toBeCloseTo(near[i], 5));
    const matching = held.filter(({ item }) => !filter || item.metadata.of === 1);
    expect(found.candidates).toHaveLength(Math.min(CANDIDATES, matching.length));
    if (!local) {
      const best = matching.map((it) => product(query, scanned(it))).sort((a, b) => b - a);
      found.candidates.slice(0, 5).forEach(({ score }, i) => expect(score).toBeCloseTo(best[i], 5));
    }
    const located = accepted(await shards[at].get(version, [...model[at].keys()]));
    expect(located).toHaveLength(held.length);
    const settled = located.filter(({ nearest }) => nearest !== null);
    const drift = settled.reduce(
      (sum, { vector, nearest }) => sum + (vector.reference ?? 0) - (nearest ?? 0),
      0,
    );
    expect(found.settled).toBe(settled.length);
    expect(found.drift).toBeCloseTo(drift, 5);
    for (const { id, revision, vector } of located) {
      expect(revision).toBe(model[at].get(id)?.revision);
      expect(vector).toEqual(model[at].get(id)?.item.vectors[version]);
    }
    await runInDurableObject(shards[at], async (_, state) => {
      // It reads from the database what the other one has in memory.
      const woken = accepted(await new Shard(state, env).search({ ...question, filter }));
      expect({ ...woken, drift: 0 }).toEqual({ ...found, drift: 0 });
      expect(woken.drift).toBeCloseTo(found.drift, 8);
    });
    const { items, pending } = accepted(await shards[at].state());
    expect(items).toBe(held.length);
    return pending;
  };

  for (let step = 0; step < STEPS; step++) {
    const at = step % 2;
    const dice = next();
    if (dice < 0.5) await put(at);
    else if (dice < 0.75) await remove(at);
    else if (dice < 0.95) await neighbourhoods(at);
    else if (dice < 0.97) await move();
    else await follow(served, pick([null, ...SPACES.filter((it) => it !== served)]));
    if (step % 10 === 0) await check(at);
  }
  for (const at of shards.keys()) await check(at);
});
