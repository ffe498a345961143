import { beforeAll, describe, expect, it } from "vitest";
import { decodePackage } from "../../../../shared/package/codec.ts";
import { BLEND_ITEMS, DENSITY_NEIGHBOURS } from "../../../../shared/pddm/density.ts";
import { locate } from "../../../oracles/local.ts";
import { each, normalizeRows, numbers, toRows } from "../../../oracles/numbers.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { errorOf, json, publish, ask } from "../ask.ts";
import { fixtures } from "../fixtures.ts";
import { TestCollection } from "./collection.ts";

const D = 6;
const COUNT = 60;
const shape = {
  form: "local" as const,
  references: 12,
  neighbours: 3,
  centroids: 4,
  temperature: 0.2,
  profile: 0.4,
};
/** The items lie in clusters. */
const rows = normalizeRows(
  toRows(numbers(COUNT * D, 5), D).map((row, i) =>
    row.map((value, k) => 0.6 * value + Math.sin(3 * (i % 8) + k)),
  ),
);
const [query] = normalizeRows([rows[3].map((value, k) => value + 0.1 * Math.cos(k))]);
const items = rows.map((embedding, i) => ({
  id: `item ${i}`,
  embedding,
  metadata: { label: `cluster ${i % 8}`, place: i, even: i % 2 === 0, tags: [`t${i % 3}`, "all"] },
}));

const local = new TestCollection("local");
const distances = new TestCollection("distances");
const unit = new TestCollection("unit");

beforeAll(async () => {
  await publish(await tinyPackage({ name: "searched", form: "local", ranking: "s" }));
  await publish(await tinyPackage({ name: "searched-by-d", form: "local", ranking: "d" }));
  await publish(await tinyPackage({ name: "searched-unit", form: "residual", ranking: "s" }));
  for (const [collection, model] of [
    [local, "searched"],
    [distances, "searched-by-d"],
    [unit, "searched-unit"],
  ] as const) {
    await collection.make({ model, capacity: 1000 });
    await collection.write(items);
  }
  await local.when(({ densities }) => densities.outdated === 0);
});

const dot = (a: number[], b: number[]) => a.reduce((sum, value, k) => sum + value * b[k], 0);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** S of the query with each item, by the equations, with densities of the collection. */
async function naiveScores(): Promise<number[]> {
  const files = await tinyPackage({ name: "searched", form: "local", ranking: "s" });
  const { tensors } = await decodePackage(files);
  const weights = Object.fromEntries(Array.from(tensors, ([name, { values }]) => [name, values]));
  const places = rows.map((row) => locate(shape, weights, row));
  const own = locate(shape, weights, query);
  const nearest = (z: number[], others: number[][]) =>
    mean(
      others
        .map((other) => dot(z, other))
        .sort((a, b) => b - a)
        .slice(0, DENSITY_NEIGHBOURS),
    );
  const all = places.map(({ z }) => z);
  const g = all.map((z, i) =>
    nearest(
      z,
      all.filter((_, j) => j !== i),
    ),
  );
  const shift = mean(places.map(({ r }, i) => r - g[i]));
  const density = (near: number, reference: number, others: number) =>
    (others * (near + shift) + BLEND_ITEMS * reference) / (others + BLEND_ITEMS);
  const r = density(nearest(own.z, all), own.r, COUNT);
  return places.map((place, i) => {
    const agreement = dot(place.p.map(Math.sqrt), own.p.map(Math.sqrt));
    const other = density(g[i], place.r, COUNT - 1);
    return 2 * dot(place.z, own.z) - r - other + shape.profile * agreement;
  });
}

const best = (values: number[], count: number) =>
  each(values.length)
    .sort((a, b) => values[b] - values[a])
    .slice(0, count)
    .map((i) => `item ${i}`);

const ids = (results: { id: string }[]) => results.map(({ id }) => id);

describe("a search", () => {
  it("ranks by S with densities of the collection", async () => {
    const scores = await naiveScores();
    const answer = await local.search({ query: { embedding: query }, top_k: 20 });
    expect(answer).toMatchObject({ collection: "local", model: "searched", ranking: "s" });
    expect(ids(answer.results)).toEqual(best(scores, 20));
    for (const { id, score, probability, distance, metadata } of answer.results) {
      const i = Number(id.slice("item ".length));
      expect(score).toBeCloseTo(scores[i], 4);
      expect(probability).toBeCloseTo(1 / (1 + Math.exp(-(2 * scores[i] + 1))), 4);
      expect(distance).toBeCloseTo(Math.sqrt(2 - 2 * dot(query, rows[i])), 4);
      expect(metadata).toEqual(items[i].metadata);
    }
  });

  it("ranks by distance if the model does", async () => {
    const cosines = rows.map((row) => dot(row, query));
    const { results, ranking } = await distances.search({ query: { embedding: query }, top_k: 7 });
    expect(ranking).toBe("d");
    expect(ids(results)).toEqual(best(cosines, 7));
    expect(results[0].distance).toBeCloseTo(Math.sqrt(2 - 2 * Math.max(...cosines)), 4);
  });

  it("ranks by the S of a pair as /similarity does", async () => {
    const { results } = await unit.search({ query: { embedding: query }, top_k: 100 });
    const candidates = items.map(({ embedding }) => ({ embedding }));
    const response = await ask(
      "/similarity?model=searched-unit",
      json({ source: { embedding: query }, candidates }),
    );
    const { scores } = await response.json<{ scores: number[] }>();
    expect(ids(results)).toEqual(best(scores, COUNT));
  });

  it("keeps to a filter, exactly", async () => {
    const scores = await naiveScores();
    const expectOnly = async (filter: object, holds: (i: number) => boolean) => {
      const { results } = await local.search({ query: { embedding: query }, top_k: 5, filter });
      const allowed = scores.map((score, i) => (holds(i) ? score : -Infinity));
      expect(ids(results)).toEqual(best(allowed, 5));
    };
    await expectOnly({ label: "cluster 2" }, (i) => i % 8 === 2);
    await expectOnly(
      { place: { $gte: 30, $lt: 40 }, even: true },
      (i) => i >= 30 && i < 40 && i % 2 === 0,
    );
    await expectOnly(
      { tags: "t1", label: { $nin: ["cluster 1"] } },
      (i) => i % 3 === 1 && i % 8 !== 1,
    );
    const none = await local.search({ query: { embedding: query }, filter: { label: "nobody" } });
    expect(none.results).toEqual([]);
  });

  it("gives the best of each group", async () => {
    const scores = await naiveScores();
    const { results } = await local.search({
      query: { embedding: query },
      top_k: 8,
      group_by: "label",
    });
    const expected = best(scores, COUNT).filter(
      (id, at, all) =>
        all.findIndex((other) => Number(other.slice(5)) % 8 === Number(id.slice(5)) % 8) === at,
    );
    expect(ids(results)).toEqual(expected);
  });

  it("leaves out what has no scalar to group by, also by the name of what all objects have", async () => {
    for (const group_by of ["tags", "nothing", "constructor"]) {
      expect((await local.search({ query: { embedding: query }, group_by })).results).toEqual([]);
    }
  });

  it("looks for what is like an item of the collection, without that item", async () => {
    const { results } = await local.search({ query: { id: "item 3" }, top_k: 100 });
    const embedded = await local.search({ query: { embedding: rows[3] }, top_k: 100 });
    expect(ids(results)).not.toContain("item 3");
    expect(ids(results)).toHaveLength(COUNT - 1);
    expect(ids(embedded.results).filter((id) => id !== "item 3")).toEqual(ids(results));
  });

  it("takes positive and negative examples", async () => {
    const sum = rows[0].map((_, k) => {
      const liked = (rows[1][k] + rows[2][k]) / 2;
      return liked + (liked - rows[5][k]);
    });
    const { results } = await distances.search({
      query: {
        positives: [{ id: "item 1" }, { embedding: rows[2] }],
        negatives: [{ id: "item 5" }],
      },
      top_k: 5,
    });
    const cosines = rows.map((row, i) => (i === 1 || i === 5 ? -Infinity : dot(row, sum)));
    expect(ids(results)).toEqual(best(cosines, 5));
  });

  it("leaves out what is less probable, and gives what is asked for", async () => {
    const all = await local.search({ query: { embedding: query }, top_k: 100 });
    const limit = all.results[10].probability;
    const { results } = await local.search({
      query: { embedding: query },
      top_k: 100,
      min_probability: limit,
      include: ["embedding"],
    });
    expect(ids(results)).toEqual(ids(all.results).slice(0, 11));
    expect(results[0].metadata).toBeUndefined();
    const i = Number(results[0].id.slice(5));
    const embedding = results[0].embedding as number[];
    embedding.forEach((value, k) => expect(value).toBeCloseTo(rows[i][k], 5));
  });

  it("takes a picture as the body, and its fields as parameters", async () => {
    const picture = Uint8Array.from(atob(fixtures.png), (it) => it.charCodeAt(0));
    const filter = encodeURIComponent(JSON.stringify({ even: false }));
    const raw = await local.send(`/search?top_k=4&filter=${filter}&include=`, picture);
    const asked = await local.search({
      query: fixtures.png,
      top_k: 4,
      filter: { even: false },
      include: [],
    });
    expect(await raw.json()).toEqual(asked);
    expect(asked.results).toHaveLength(4);
  });

  it.each([
    ["topk=3", "topk", 'topk: Unrecognized key: "topk"'],
    ["top_k=ten", "top_k", "top_k: Invalid input: expected number, received string"],
    ["min_probability=", "min_probability", /^min_probability: .* received string$/],
    ["filter=label", "filter", "filter is not JSON"],
    ["include=all", "include[0]", /^include\[0\]: /],
  ])("refuses a picture with the parameter %s", async (parameters, param, message) => {
    const picture = Uint8Array.from(atob(fixtures.png), (it) => it.charCodeAt(0));
    expect(await errorOf(await local.send(`/search?${parameters}`, picture))).toMatchObject({
      status: 400,
      param,
      message: expect.stringMatching(message) as string,
    });
  });

  it.each([
    [{}, 400, "query"],
    [{ query: { embedding: [1, 2] } }, 400, "query.embedding"],
    [{ query: { id: "" } }, 400, "query.id"],
    [{ query: { id: "nobody" } }, 404, "query"],
    [{ query: { positives: [] } }, 400, "query.positives"],
    [{ query: { positives: [{ id: "nobody" }] } }, 404, "query.positives[0]"],
    [{ query: { id: "item 1" }, top_k: 0 }, 400, "top_k"],
    [{ query: { id: "item 1" }, top_k: 101 }, 400, "top_k"],
    [{ query: { id: "item 1" }, filter: { a: { $like: "b" } } }, 400, "filter.a.$like"],
    [{ query: { id: "item 1" }, filter: { a: { $lt: true } } }, 400, "filter.a"],
    [{ query: { id: "item 1" }, filter: { $or: [] } }, 400, "filter.$or"],
    [{ query: { id: "item 1" }, group_by: "" }, 400, "group_by"],
    [{ query: { id: "item 1" }, group_by: "__proto__" }, 400, "group_by"],
    [{ query: { id: "item 1" }, min_probability: 2 }, 400, "min_probability"],
    [{ query: { id: "item 1" }, include: ["all"] }, 400, "include[0]"],
    [{ query: btoa("hello") }, 422, "query"],
  ])("refuses %j with %i at %s", async (body, status, param) => {
    expect(await errorOf(await local.call("POST", "/search", body))).toMatchObject({
      status,
      param,
    });
  });

  it("refuses a filter that is too large for the database, but not the largest below that", async () => {
    const query = { id: "item 1" };
    const error = await errorOf(
      await local.call("POST", "/search", { query, filter: { a: "x".repeat(3_000_000) } }),
    );
    expect(error).toMatchObject({ status: 400, param: "filter" });
    expect(error.message).toContain("500000 bytes");
    const values = Array.from({ length: 100 }, (_, i) => `${i}${"\x01".repeat(20)}`);
    const operators = { $in: values, $nin: values, $gte: "", $ne: "a" };
    const filter = Object.fromEntries(
      Array.from({ length: 16 }, (_, i) => [`key ${i}`, operators]),
    );
    expect((await local.search({ query, filter })).results).toEqual([]);
    const longest = { even: { $in: ["\x01".repeat(83_000)] } };
    expect((await local.search({ query, filter: longest })).results).toEqual([]);
  });

  it.each(['{"__proto__":1}', '{"\\u005f_proto__":1}', '{"label":{"__proto__":1}}'])(
    "does not pass over a key that copies lose: filter %s",
    async (filter) => {
      const body = `{"query":{"id":"item 1"},"filter":${filter}}`;
      const headers = { "content-type": "application/json" };
      const error = await errorOf(await local.send("/search", body, headers));
      expect(error).toMatchObject({ status: 400, code: "invalid_json" });
      expect(error.message).toContain("no key may be __proto__");
    },
  );

  it("says that there is no such collection", async () => {
    const response = await new TestCollection("nobody").call("POST", "/search", {
      query: { id: "a" },
    });
    expect(await errorOf(response)).toMatchObject({
      status: 404,
      code: "unknown_collection",
      message: 'there is no collection "nobody"',
    });
  });
});
