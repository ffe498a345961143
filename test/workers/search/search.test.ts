import { describe, expect, it } from "vitest";
import { collectionDensity } from "../../../shared/pddm/density.ts";
import type { NewItem } from "../../../workers/protocol/shard.ts";
import { accepted, newShard, settle } from "./shards.ts";
import { direction, itemOf, LOCAL, near, PLAIN, product, random } from "./space.ts";

const question = {
  version: LOCAL.version,
  candidates: 50,
  neighbours: 15,
  excluded: [],
};

const places = {
  random: (next: () => number, count: number) =>
    Array.from({ length: count }, () => direction(next, LOCAL.width)),
  clustered: (next: () => number, count: number) => {
    const centres = Array.from({ length: 10 }, () => direction(next, LOCAL.width));
    return Array.from({ length: count }, (_, i) => near(next, centres[i % 10], 0.3));
  },
};

describe.each(["random", "clustered"] as const)("a search of %s places", (kind) => {
  it("finds what an exhaustive computation finds", async () => {
    const next = random(kind.length);
    const shard = await newShard();
    const items = places[kind](next, 700).map((place, i): NewItem => {
      const embedding = direction(next, LOCAL.width);
      const reference = 0.2 + 0.3 * next();
      return itemOf(`item-${i}`, { [LOCAL.version]: { embedding, place, reference } });
    });
    for (let i = 0; i < items.length; i += 100) accepted(await shard.put(items.slice(i, i + 100)));
    // An alarm would replace what is set now.
    await settle([shard]);
    const nearest = items.map(() => next());
    const revisions = new Map(
      accepted(await shard.list(null, 1000)).map(({ id, revision }) => [id, revision]),
    );
    await shard.setNeighbourhoods(
      LOCAL.version,
      items.map(({ id }, i) => {
        return { id, revision: revisions.get(id) ?? -1, nearest: nearest[i], items: 700 };
      }),
    );
    const { version } = LOCAL;
    const all = items.map(({ id, vectors: { [version]: vector } }, i) => {
      const { place = new Float32Array(), reference = NaN } = vector;
      return { id, place, density: collectionDensity(nearest[i], reference, 699, 0) };
    });
    for (let round = 0; round < 20; round++) {
      const query = near(next, all[round].place, 0.5);
      const scored = all.map(({ id, place, density }) => {
        const cosine = product(query, place);
        return { id, cosine, score: 2 * cosine - density };
      });
      const best = scored.sort((a, b) => b.score - a.score);
      const found = accepted(await shard.search({ ...question, query, excluded: [best[3].id] }));
      best.splice(3, 1);
      expect(found.candidates).toHaveLength(50);
      expect(found.items).toBe(700);
      found.candidates.slice(0, 10).forEach(({ id, score }, rank) => {
        expect(id).toBe(best[rank].id);
        expect(score).toBeCloseTo(best[rank].score, 5);
      });
      const cosines = best.map(({ cosine }) => cosine).sort((a, b) => b - a);
      expect(found.cosines).toHaveLength(15);
      found.cosines.forEach((cosine, rank) => expect(cosine).toBeCloseTo(cosines[rank], 5));
    }
  });
});

it("a space that is not local ranks by the cosine of embeddings", async () => {
  const next = random(4);
  const shard = await newShard({ space: PLAIN });
  const items = Array.from({ length: 90 }, (_, i) =>
    itemOf(`${i}`, { [PLAIN.version]: { embedding: direction(next, PLAIN.width) } }),
  );
  accepted(await shard.put(items));
  const query = direction(next, PLAIN.width);
  const asked = { version: PLAIN.version, query, candidates: 30, neighbours: 0, excluded: [] };
  const { candidates, cosines } = accepted(await shard.search(asked));
  const cosineOf = ({ vectors }: NewItem) => product(query, vectors[PLAIN.version].embedding);
  const best = items.toSorted((a, b) => cosineOf(b) - cosineOf(a));
  expect(candidates.slice(0, 10).map(({ id }) => id)).toEqual(
    best.slice(0, 10).map(({ id }) => id),
  );
  expect(candidates[0].score).toBeCloseTo(cosineOf(best[0]), 6);
  expect(cosines).toEqual([]);
  expect(candidates[0].vector.embedding).toEqual(best[0].vectors[PLAIN.version].embedding);
});
