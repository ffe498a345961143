import { beforeAll, expect, it } from "vitest";
import { each, normalizeRows, numbers, toRows } from "../../../oracles/numbers.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { errorOf, publish } from "../ask.ts";
import { TestCollection } from "./collection.ts";

const D = 6;
const rows = normalizeRows(toRows(numbers(40 * D, 9), D));
const items = rows.map((embedding, i) => ({
  id: `i${i}`,
  embedding,
  metadata: { even: i % 2 === 0 },
}));

/**
 * Answers as the documentation of Vectorize says, by comparing with all vectors. The service has no emulation; it
 * would see writes after seconds, and answer approximately.
 */
class DocumentedIndex {
  readonly vectors = new Map<string, VectorizeVector>();
  readonly queries: VectorizeQueryOptions[] = [];

  upsert(vectors: VectorizeVector[]): Promise<VectorizeAsyncMutation> {
    for (const vector of vectors) {
      expect(new TextEncoder().encode(vector.id).length).toBeLessThanOrEqual(64);
      expect(new TextEncoder().encode(vector.namespace).length).toBeLessThanOrEqual(64);
      for (const key of Object.keys(vector.metadata ?? {})) expect(key).toMatch(/^[^$."][^."]*$/);
      this.vectors.set(vector.id, vector);
    }
    return Promise.resolve({ mutationId: crypto.randomUUID() });
  }

  deleteByIds(ids: string[]): Promise<VectorizeAsyncMutation> {
    for (const id of ids) this.vectors.delete(id);
    return Promise.resolve({ mutationId: crypto.randomUUID() });
  }

  query(query: Float32Array, options: VectorizeQueryOptions): Promise<VectorizeMatches> {
    this.queries.push(options);
    const { topK = 5, namespace, filter = {} } = options;
    expect(topK).toBeLessThanOrEqual(50);
    const matches = [...this.vectors.values()]
      .filter((it) => it.namespace === namespace)
      .filter(({ metadata }) =>
        Object.entries(filter).every(([key, value]) => metadata?.[key] === value),
      )
      .map(({ values, ...rest }) => ({
        ...rest,
        score: Array.from(values).reduce((sum, value, k) => sum + value * query[k], 0),
      }))
      .sort((a, b) => b.score - a.score)
      .slice(0, topK);
    return Promise.resolve({ matches, count: matches.length });
  }
}

const index = new DocumentedIndex();
const indexed = new TestCollection("vectorized", { VECTORIZE: index });
const scanned = new TestCollection("scanned");

beforeAll(async () => {
  await publish(await tinyPackage({ name: "vectorized", form: "local", ranking: "s" }));
  await indexed.make({ model: "vectorized", capacity: 100, candidates: "vectorize" });
  await scanned.make({ model: "vectorized", capacity: 100 });
  for (const collection of [indexed, scanned]) {
    await collection.write(items);
    await collection.when(({ densities }) => densities.outdated === 0);
  }
});

it("gives the results of the exact scan where the index finds all candidates", async () => {
  for (const filter of [undefined, { even: true }]) {
    const body = { query: { embedding: rows[3] }, top_k: 100, filter };
    const [answer, expected] = [await indexed.search(body), await scanned.search(body)];
    expect(answer.results.map(({ id }) => id)).toEqual(expected.results.map(({ id }) => id));
    each(answer.results.length).forEach((i) =>
      expect(answer.results[i].score).toBeCloseTo(expected.results[i].score, 4),
    );
  }
  expect(index.queries).toContainEqual(
    expect.objectContaining({ topK: 50, returnMetadata: "all", filter: { even: true } }),
  );
});

it("finds by an item, and neither it nor what was deleted", async () => {
  await indexed.call("DELETE", "/items/i7");
  expect(index.vectors.size).toBe(39);
  const { results } = await indexed.search({ query: { id: "i3" }, top_k: 100 });
  const ids = results.map(({ id }) => id);
  expect(ids).toHaveLength(38);
  expect(ids).not.toContain("i3");
  expect(ids).not.toContain("i7");
});

it("needs the binding", async () => {
  const without = new TestCollection("without");
  const body = { model: "vectorized", candidates: "vectorize" };
  const error = await errorOf(await without.call("PUT", "", body));
  expect(error).toMatchObject({ status: 400, param: "candidates" });
  expect(error.message).toContain("bind VECTORIZE");
});
