import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Metadata } from "../../../workers/protocol/metadata.ts";
import type { NewItem, StoredItem } from "../../../workers/protocol/shard.ts";
import { Shard } from "../../../workers/search/shard/shard.ts";
import { accepted, newShard, shardOf } from "./shards.ts";
import { itemOf, LOCAL, PLAIN, product, random, vectorOf } from "./space.ts";

const { version } = LOCAL;
const next = random(31);
const make = (id: string, rest: Partial<NewItem> = {}): NewItem => ({
  ...itemOf(id, { [version]: vectorOf(next, LOCAL) }),
  ...rest,
});
/** Expects a failure. @returns its message */
const failureOf = (work: () => Promise<unknown>): Promise<string> =>
  work().then(
    () => "nothing failed",
    (error: unknown) => String(error),
  );

const ask = { version, candidates: 1000, neighbours: 0, excluded: [] };

describe("put", () => {
  it("says what was created and which picture nothing refers to any more", async () => {
    const shard = await newShard();
    const [one, two, three] = ["one", "two", "three"].map((key) => ({ key }));
    const first = accepted(await shard.put([make("a", { image: one }), make("b")]));
    expect(first).toMatchObject([
      { id: "a", orphan: null, created: true },
      { id: "b", orphan: null, created: true },
    ]);
    const again = accepted(
      await shard.put([
        make("a", { image: one }),
        make("a", { image: two }),
        make("b", { image: three }),
        make("a"),
      ]),
    );
    expect(again).toMatchObject([
      { id: "a", orphan: null, created: false },
      { id: "a", orphan: one, created: false },
      { id: "b", orphan: null, created: false },
      { id: "a", orphan: two, created: false },
    ]);
    const revisions = [...first, ...again].map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    expect(new Set(revisions).size).toBe(6);
    const stored = accepted(await shard.list(null, 10));
    expect(stored).toMatchObject([
      { id: "a", image: null, revision: again[3].revision },
      { id: "b", image: three, revision: again[2].revision },
    ]);
  });

  it("refuses a batch that would make the shard larger than its limit", async () => {
    const shard = await newShard({ limit: 3 });
    accepted(await shard.put([make("a"), make("b")]));
    expect(await shard.put([make("c"), make("d")])).toEqual({ refused: "full" });
    expect(accepted(await shard.state()).items).toBe(2);
    accepted(await shard.put([make("a"), make("c"), make("c"), make("b")]));
    expect(await shard.put([make("d")])).toEqual({ refused: "full" });
    accepted(await shard.put([make("a")]));
    accepted(await shard.remove(["b"]));
    accepted(await shard.put([make("d")]));
    expect(accepted(await shard.state()).items).toBe(3);
  });

  it("changes nothing if a vector does not fit the space", async () => {
    const shard = await newShard();
    accepted(await shard.put([make("a", { metadata: { of: 1 } })]));
    const { embedding, reference } = vectorOf(next, LOCAL);
    const short = { embedding, place: embedding.slice(1), reference };
    const bad = make("b", { vectors: { [version]: short } });
    expect(await failureOf(async () => await shard.put([make("a"), make("c"), bad]))).toContain(
      "23 numbers; the space has 24",
    );
    const placeless = make("b", { vectors: { [version]: { embedding } } });
    expect(await failureOf(async () => await shard.put([placeless]))).toContain("lacks its place");
    expect(accepted(await shard.list(null, 10))).toMatchObject([{ id: "a", metadata: { of: 1 } }]);
    const query = vectorOf(next, LOCAL).embedding;
    const found = accepted(await shard.search({ ...ask, query, filter: { of: 1 } }));
    expect(found.candidates.map(({ id }) => id)).toEqual(["a"]);
    expect(found.items).toBe(1);
  });
});

it("a shard that was destroyed, or never set up, is gone", async () => {
  const shard = await newShard();
  accepted(await shard.put([make("a")]));
  await shard.destroy();
  const query = vectorOf(next, LOCAL).embedding;
  for (const each of [shard, shardOf("nobody", 0)]) {
    const gone = { refused: "gone" };
    expect(await each.put([make("a")])).toEqual(gone);
    expect(await each.remove(["a"])).toEqual(gone);
    expect(await each.get(version, ["a"])).toEqual(gone);
    expect(await each.list(null, 1)).toEqual(gone);
    expect(await each.search({ ...ask, query })).toEqual(gone);
    expect(await each.nearest(version, [], 1, true)).toEqual(gone);
    expect(await each.state()).toEqual(gone);
    expect(await each.pending(null, 1)).toEqual(gone);
    expect(await each.seal(version)).toBeNull();
    await each.follow(LOCAL, null);
    await each.supply(version, []);
    await each.setNeighbourhoods(version, []);
  }
});

it("setting up again only changes the limit", async () => {
  const setup = { uid: "again", index: 0, shards: 1, limit: 1, space: LOCAL };
  const shard = shardOf("again", 0);
  await shard.setUp(setup);
  accepted(await shard.put([make("a")]));
  expect(await shard.put([make("b")])).toEqual({ refused: "full" });
  await shard.setUp({ ...setup, limit: 2 });
  accepted(await shard.put([make("b")]));
  expect(accepted(await shard.state()).items).toBe(2);
});

describe("against a model", () => {
  type Change = { put: { id: string; metadata: Metadata }[] } | { remove: string[] };
  const ids = fc.constantFrom("a", "b", "B", "é", "𝄞", "c1", "c2", "\uFFFD", "d", "e f");
  const metadata = fc.record(
    { of: fc.constantFrom(1, 2, "x") },
    { requiredKeys: [], noNullPrototype: true },
  );
  const changes: fc.Arbitrary<Change> = fc.oneof(
    { weight: 2, arbitrary: fc.record({ put: fc.array(fc.record({ id: ids, metadata })) }) },
    { weight: 1, arbitrary: fc.record({ remove: fc.array(ids) }) },
  );
  const ofPlain = (id: string, own: Metadata): NewItem => ({
    ...itemOf(id, { [PLAIN.version]: vectorOf(next, PLAIN) }),
    metadata: own,
  });
  const bytes = (text: string) => [...new TextEncoder().encode(text)].map((b) => b + 256).join();

  it("items are what was written last, whatever is put and removed, also for an instance that wakes", async () => {
    const cases = fc.asyncProperty(fc.array(changes, { maxLength: 12 }), async (all) => {
      // Not a local space, in which alarms would change densities meanwhile.
      const shard = await newShard({ space: PLAIN });
      const model = new Map<string, NewItem & { revision: number }>();
      for (const change of all) {
        if ("put" in change) {
          const items = change.put.map(({ id, metadata: own }) => ofPlain(id, own));
          const written = accepted(await shard.put(items));
          items.forEach((item, i) => {
            const known = model.has(item.id);
            expect(written[i]).toMatchObject({ id: item.id, created: !known });
            model.set(item.id, { ...item, revision: written[i].revision });
          });
        } else {
          const removed = accepted(await shard.remove(change.remove));
          const known = new Set(change.remove.filter((id) => model.has(id)));
          expect(removed.map(({ id }) => id).sort()).toEqual([...known].sort());
          for (const id of known) model.delete(id);
        }
        const wanted = [...model.values()].sort((a, b) => (bytes(a.id) < bytes(b.id) ? -1 : 1));
        const strip = ({ id, metadata: own, revision }: StoredItem) => ({ id, own, revision });
        const listed = accepted(await shard.list(null, 100));
        expect(listed.map(strip)).toEqual(wanted.map(strip));
        const after = accepted(await shard.list("b", 2));
        const later = wanted.filter(({ id }) => bytes(id) > bytes("b"));
        expect(after.map(strip)).toEqual(later.slice(0, 2).map(strip));
        expect(accepted(await shard.state()).items).toBe(model.size);

        const located = accepted(await shard.get(PLAIN.version, ["a", "é", "nobody"]));
        expect(new Map(located.map((item) => [item.id, item.vector]))).toEqual(
          new Map(
            ["a", "é"].flatMap((id) => {
              const item = model.get(id);
              return item ? [[id, item.vectors[PLAIN.version]]] : [];
            }),
          ),
        );

        const query = vectorOf(next, PLAIN).embedding;
        const question = { ...ask, version: PLAIN.version, query, filter: { of: 1 } };
        const found = accepted(await shard.search(question));
        await runInDurableObject(shard, async (_, state) => {
          // It reads from the database what the other one has in memory.
          const woken = new Shard(state, env);
          expect(accepted(await woken.search(question))).toEqual(found);
        });
        const scores = wanted.map(({ id, metadata: own, vectors }) => {
          return { id, own, score: product(query, vectors[PLAIN.version].embedding) };
        });
        const best = scores.filter(({ own }) => own.of === 1).sort((a, b) => b.score - a.score);
        expect(found.candidates.map(({ id }) => id)).toEqual(best.map(({ id }) => id));
        expect(found.items).toBe(model.size);
      }
    });
    await fc.assert(cases, { numRuns: 25 });
  });
});
