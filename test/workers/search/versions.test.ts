import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import type { NewItem } from "../../../workers/protocol/shard.ts";
import type { Space } from "../../../workers/protocol/vector.ts";
import { accepted, newShard } from "./shards.ts";
import { itemOf, LOCAL, PLAIN, random, vectorOf } from "./space.ts";

const next = random(41);
const THIRD: Space = { version: "local-3", width: 40, local: true };

const make = (id: string, spaces: Space[], image?: string): NewItem => ({
  ...itemOf(id, Object.fromEntries(spaces.map((space) => [space.version, vectorOf(next, space)]))),
  image: image === undefined ? null : { key: image },
});

type Shard = Awaited<ReturnType<typeof newShard>>;

const find = (shard: Shard, { version, width }: Space) => {
  const query = vectorOf(next, { version, width, local: false }).embedding;
  return shard.search({ version, query, candidates: 100, neighbours: 0, excluded: [] });
};

const idsOf = async (shard: Shard, space: Space) =>
  accepted(await find(shard, space))
    .candidates.map(({ id }) => id)
    .sort();

const pendingIds = async (shard: Shard, after: string | null, limit: number) =>
  accepted(await shard.pending(after, limit)).map(({ id }) => id);

it("moves from a version to another one, and back", async () => {
  const shard = await newShard();
  accepted(
    await shard.put([
      make("a", [LOCAL], "pictures/a"),
      make("b", [LOCAL]),
      make("c", [LOCAL], "pictures/c"),
      make("d", [LOCAL], "pictures/d"),
    ]),
  );
  expect(await find(shard, PLAIN)).toEqual({ refused: "version" });
  expect(await shard.put([make("e", [PLAIN])])).toEqual({ refused: "version" });

  await shard.follow(LOCAL, PLAIN);
  expect(accepted(await shard.state())).toMatchObject({ items: 4, pending: 4, unpictured: 1 });
  expect(await pendingIds(shard, null, 2)).toEqual(["a", "c"]);
  expect(await pendingIds(shard, "c", 2)).toEqual(["d"]);
  expect(await find(shard, PLAIN)).toEqual({ refused: "version" });
  // Until the target is sealed, items may lack its vectors.
  accepted(await shard.put([make("e", [LOCAL, PLAIN]), make("f", [LOCAL], "pictures/f")]));
  expect(accepted(await shard.state())).toMatchObject({ pending: 5, unpictured: 1 });

  const revisions = new Map(
    accepted(await shard.list(null, 10)).map(({ id, revision }) => [id, revision]),
  );
  const supplies = ["a", "c", "d", "f"].map((id) => {
    return { id, revision: revisions.get(id) ?? -1, vector: vectorOf(next, PLAIN) };
  });
  // c is replaced while its former picture is embedded, and d is removed.
  accepted(await shard.put([make("c", [LOCAL], "pictures/c2")]));
  accepted(await shard.remove(["d"]));
  await shard.supply(PLAIN.version, supplies);
  await shard.supply("unknown", supplies);
  expect(accepted(await shard.state())).toMatchObject({ items: 5, pending: 2, unpictured: 1 });
  expect(await pendingIds(shard, null, 10)).toEqual(["c"]);

  expect(await shard.seal(PLAIN.version)).toBe(2);
  // It is not sealed as long as some lack a vector.
  expect(await find(shard, PLAIN)).toEqual({ refused: "version" });
  accepted(await shard.put([make("g", [LOCAL])]));
  accepted(await shard.remove(["g"]));
  accepted(await shard.put([make("b", [LOCAL, PLAIN])]));
  const [c] = accepted(await shard.get(LOCAL.version, ["c"]));
  const vector = vectorOf(next, PLAIN);
  await shard.supply(PLAIN.version, [{ id: "c", revision: c.revision, vector }]);
  expect(await shard.seal(PLAIN.version)).toBe(0);
  expect(await shard.put([make("g", [LOCAL])])).toEqual({ refused: "version" });
  await shard.unseal();
  expect(await find(shard, PLAIN)).toEqual({ refused: "version" });
  expect(await shard.seal(PLAIN.version)).toBe(0);

  const all = ["a", "b", "c", "e", "f"];
  expect(await idsOf(shard, LOCAL)).toEqual(all);
  expect(await idsOf(shard, PLAIN)).toEqual(all);
  await shard.follow(PLAIN, null);
  expect(await idsOf(shard, PLAIN)).toEqual(all);
  expect(await find(shard, LOCAL)).toEqual({ refused: "version" });
  const [supplied] = accepted(await shard.get(PLAIN.version, ["c"]));
  expect(supplied).toMatchObject({ vector, nearest: null });

  // Vectors of the version before are kept, but for items that have changed.
  accepted(await shard.put([make("a", [PLAIN]), make("h", [LOCAL, PLAIN])]));
  await shard.follow(PLAIN, LOCAL);
  expect(accepted(await shard.state())).toMatchObject({ items: 6, pending: 2, unpictured: 2 });
  accepted(await shard.put([make("a", [LOCAL, PLAIN]), make("h", [LOCAL, PLAIN])]));
  expect(await shard.seal(LOCAL.version)).toBe(0);
  expect(await idsOf(shard, LOCAL)).toEqual([...all, "h"]);
});

it("keeps vectors of a target that is given up, and of the version before, but of no others", async () => {
  const versionsOf = (shard: Shard) =>
    runInDurableObject(shard, (_, { storage: { sql } }) => {
      const spaces = sql.exec<{ space: number; version: string }>("SELECT * FROM spaces").toArray();
      return Object.fromEntries(
        spaces.map(({ space, version }) => {
          const counts = ["vectors", "codes", "densities"].map((table) => {
            const query = `SELECT count(*) AS rows FROM ${table} WHERE key / 4294967296 = ?`;
            return sql.exec<{ rows: number }>(query, space).one().rows;
          });
          return [version, counts];
        }),
      );
    });
  const shard = await newShard();
  await shard.follow(LOCAL, PLAIN);
  accepted(await shard.put([make("a", [LOCAL, PLAIN, THIRD]), make("b", [LOCAL])]));
  await shard.follow(LOCAL, null);
  expect(await versionsOf(shard)).toEqual({ "local-1": [2, 1, 1], "plain-1": [1, 1, 0] });
  expect(accepted(await shard.state()).pending).toBe(0);
  await shard.follow(LOCAL, PLAIN);
  expect(accepted(await shard.state()).pending).toBe(1);

  await shard.follow(LOCAL, THIRD);
  expect(await versionsOf(shard)).toEqual({ "local-1": [2, 1, 1], "local-3": [0, 0, 0] });
  accepted(await shard.put([make("a", [LOCAL, THIRD]), make("b", [LOCAL, THIRD])]));
  expect(await shard.seal(THIRD.version)).toBe(0);
  await shard.follow(THIRD, null);
  await shard.follow(THIRD, PLAIN);
  accepted(await shard.put([make("a", [THIRD, PLAIN]), make("b", [THIRD, PLAIN])]));
  expect(await shard.seal(PLAIN.version)).toBe(0);
  await shard.follow(PLAIN, null);
  expect(await versionsOf(shard)).toEqual({ "local-3": [2, 1, 1], "plain-1": [2, 1, 0] });
  expect(await idsOf(shard, PLAIN)).toEqual(["a", "b"]);
});

it("a version is searched in its own space, also after others have been given up", async () => {
  const fourth: Space = { version: "plain-4", width: 30, local: false };
  const spaces = [LOCAL, PLAIN, THIRD, fourth];
  const shard = await newShard();
  const items = [make("a", spaces), make("b", spaces)];
  const moveTo = async (served: Space, target: Space) => {
    await shard.follow(served, target);
    accepted(await shard.put(items));
    expect(await shard.seal(target.version)).toBe(0);
    expect(await idsOf(shard, target)).toEqual(["a", "b"]);
  };
  await moveTo(LOCAL, PLAIN);
  await moveTo(PLAIN, THIRD);
  // Back to the first one, and on to another one instead.
  await shard.follow(LOCAL, null);
  await moveTo(LOCAL, fourth);
  const { embedding } = items[1].vectors[fourth.version];
  const question = { version: fourth.version, query: embedding, candidates: 1, neighbours: 0 };
  const { candidates } = accepted(await shard.search({ ...question, excluded: [] }));
  expect(candidates).toMatchObject([{ id: "b", nearest: null }]);
  expect(candidates[0].score).toBeCloseTo(1, 5);
});
