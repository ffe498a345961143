import { expect, it } from "vitest";
import type { Metadata } from "../../../workers/protocol/metadata.ts";
import type { Candidate, NewItem } from "../../../workers/protocol/shard.ts";
import { accepted, newShard } from "./shards.ts";
import { itemOf, near, PLAIN, product, random, unit } from "./space.ts";

const question = { version: PLAIN.version, neighbours: 0, excluded: [], groupBy: "of" };

/** The first of each group, which may have others behind it. */
const firstOfEach = (candidates: Candidate[]) =>
  candidates
    .filter(
      ({ metadata }, at) => candidates.findIndex((it) => it.metadata.of === metadata.of) === at,
    )
    .map(({ id }) => id);

/** Items that come nearer to the query by their positions, the last the nearest. */
function towards(query: Float32Array, all: Metadata[]): NewItem[] {
  const next = random(5);
  return all.map((metadata, i) => {
    const embedding = near(next, query, 0.2 + 3 * (1 - i / all.length));
    return { ...itemOf(`item-${i}`, { [PLAIN.version]: { embedding } }), metadata };
  });
}

it("answers the best item of each of the nearest groups, and leaves out items without one", async () => {
  const query = unit(new Float32Array(PLAIN.width).fill(1));
  const values = [1, "1", true, "a", ["a"], "b", undefined, 2];
  // The nearest half all belong to one group.
  const all = Array.from({ length: 400 }, (_, i): Metadata => {
    const value = i >= 200 ? "a" : values[i % values.length];
    return value === undefined ? {} : { of: value };
  });
  const items = towards(query, all);
  const shard = await newShard({ space: PLAIN });
  for (let i = 0; i < 400; i += 100) accepted(await shard.put(items.slice(i, i + 100)));
  const best = new Map<unknown, { id: string; score: number }>();
  for (const { id, metadata, vectors } of items) {
    const score = product(query, vectors[PLAIN.version].embedding);
    if (!("of" in metadata) || Array.isArray(metadata.of)) continue;
    if (score > (best.get(metadata.of)?.score ?? -1)) best.set(metadata.of, { id, score });
  }
  const naive = [...best.values()].sort((a, b) => b.score - a.score).map(({ id }) => id);
  expect(naive).toHaveLength(6);
  for (const candidates of [1, 2, 4, 6, 50]) {
    const found = accepted(await shard.search({ ...question, query, candidates }));
    expect(firstOfEach(found.candidates)).toEqual(naive.slice(0, candidates));
  }
  const filtered = { ...question, query, candidates: 50, filter: { of: { $ne: "a" } } };
  const found = accepted(await shard.search(filtered));
  expect(firstOfEach(found.candidates)).toEqual(naive.filter((id) => id !== best.get("a")?.id));
});
