import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { listCollections } from "../../../../workers/api/contract/collections/collection.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, errorOf, publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";
import { TestCollection } from "./collection.ts";

let version = "";

beforeAll(async () => {
  version = await publish(await tinyPackage({ name: "collected", form: "local", ranking: "s" }));
});

describe("a collection", () => {
  it("is made, found, listed and deleted", async () => {
    const birds = new TestCollection("birds");
    const made = await birds.make({ model: "collected", capacity: 1000 });
    expect(made).toMatchObject({
      status: 201,
      name: "birds",
      model: "collected",
      version,
      target: null,
      state: "ready",
      count: 0,
      pending: 0,
      capacity: 1000,
      store_images: false,
      prefix: null,
      shards: 1,
      failed: 0,
      sync: null,
    });
    await birds.write([{ id: "a", image: fixtures.png }]);
    expect(await birds.make({ model: "collected", capacity: 1000 })).toMatchObject({
      status: 200,
      count: 1,
    });
    await new TestCollection("ants").make({ model: "collected", capacity: 1 });
    const listed = listCollections.answer.schema.parse(await (await ask("/collections")).json());
    const names = listed.collections.map(({ name }) => name);
    expect(names.filter((name) => ["ants", "birds"].includes(name))).toEqual(["ants", "birds"]);

    expect(await (await birds.call("DELETE")).json()).toEqual({ deleted: "birds" });
    for (const [method, rest] of [
      ["GET", ""],
      ["DELETE", ""],
      ["GET", "/items"],
    ]) {
      expect(await errorOf(await birds.call(method, rest))).toMatchObject({
        code: "unknown_collection",
      });
    }
    expect(await birds.make({ model: "collected", capacity: 9 })).toMatchObject({
      status: 201,
      count: 0,
    });
    expect((await birds.search({ query: fixtures.png })).results).toEqual([]);
  });

  it("takes the default model if none is named", async () => {
    const collection = new TestCollection("default", { DEFAULT_MODEL: "collected" });
    expect(await collection.make({})).toMatchObject({ model: "collected", capacity: 100_000 });
  });

  it("keeps its capacity if the request names none", async () => {
    const kept = new TestCollection("kept", { DEFAULT_MODEL: "collected" });
    await kept.make({ capacity: 5 });
    expect(await kept.make({})).toMatchObject({ status: 200, capacity: 5 });
    expect(await kept.make({ capacity: 8 })).toMatchObject({ status: 200, capacity: 8 });
  });

  it("has as many shards as its capacity needs, and answers from all", async () => {
    const large = new TestCollection("large");
    expect(await large.make({ model: "collected", capacity: 10_000_000 })).toMatchObject({
      shards: 6,
    });
    const items = Array.from({ length: 60 }, (_, i) => ({
      id: `item ${i}`,
      embedding: [Math.cos(i), Math.sin(i), Math.cos(2 * i), 1, 0, 0],
    }));
    await large.write(items);
    const { results } = await large.search({ query: { embedding: items[7].embedding }, top_k: 60 });
    expect(results).toHaveLength(60);
    expect(new Set(results.map(({ id }) => id))).toEqual(new Set(items.map(({ id }) => id)));
    const { densities, count } = await large.when((it) => it.densities.outdated === 0);
    expect({ densities, count }).toEqual({ densities: { outdated: 0 }, count: 60 });
  });

  it("is not made anew with another model, or beyond its shards", async () => {
    const fixed = new TestCollection("fixed");
    await publish(await tinyPackage({ name: "collected-otherwise" }));
    await fixed.make({ model: "collected", capacity: 10 });
    for (const body of [
      { model: "collected-otherwise", capacity: 10 },
      { model: "collected", capacity: 10, store_images: true },
      { model: "collected", capacity: 10_000_000 },
    ]) {
      const error = await errorOf(await fixed.call("PUT", "", body));
      expect(error).toMatchObject({ status: 409, code: "collection_exists" });
      expect(error.message).toContain(
        '"fixed" exists with model "collected", capacity 10 in 1 shard',
      );
    }
  });

  it.each([
    ["Birds", { model: "collected" }, 400, "collection"],
    ["a".repeat(64), { model: "collected" }, 400, "collection"],
    ["a", { model: "nobody" }, 404, "model"],
    ["a", { model: "collected", capacity: 0 }, 400, "capacity"],
    ["a", { model: "collected", capacity: 1e9 }, 400, "capacity"],
    ["a", { model: "collected", prefix: "birds" }, 400, "prefix"],
    ["a", { model: "collected", shards: 4 }, 400, "shards"],
  ])("%s with %j is refused with %i at %s", async (name, body, status, param) => {
    const response = await new TestCollection(name).call("PUT", "", body);
    expect(await errorOf(response)).toMatchObject({ status, param });
  });

  it("needs the search Worker", async () => {
    const without = new TestCollection("a", { COLLECTIONS: undefined, SHARDS: undefined });
    const error = await errorOf(await without.call("PUT", "", { model: "collected" }));
    expect(error).toMatchObject({ status: 503, code: "collections_unavailable" });
    expect(error.message).toContain("deploy the search Worker");
  });

  it("takes its pictures along when it is deleted", async () => {
    const pictured = new TestCollection("pictured");
    await pictured.make({ model: "collected", capacity: 10, store_images: true });
    await pictured.write([{ id: "a", image: fixtures.png }]);
    const pictures = async () =>
      (await env.MODELS.list({ prefix: "collections/pictures/pictured-" })).objects.length;
    expect(await pictures()).toBe(1);
    await pictured.call("DELETE");
    expect(await pictures()).toBe(0);
  });
});

describe("a key", () => {
  const keyOf = async (scope: string) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`key-${scope}`));
    const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
    return `tests:${scope}:${hex.join("")}`;
  };

  it.each([
    ["embed", "POST", "/embed", "index"],
    ["search", "GET", "/collections", "embed"],
    ["search", "POST", "/collections/a/search", "index"],
    ["search", "GET", "/collections/a/items", "index"],
    ["search", "GET", "/collections/a/errors", "index"],
    ["index", "PUT", "/collections/a", "search"],
    ["index", "DELETE", "/collections/a", "search"],
    ["index", "POST", "/collections/a/items", "search"],
    ["index", "DELETE", "/collections/a/items/b", "search"],
    ["index", "POST", "/collections/a/duplicates", "search"],
    ["index", "POST", "/collections/a/sync", "search"],
  ])(
    "of the scope %s is needed for %s %s; one of %s does not do",
    async (scope, method, path, other) => {
      const API_KEYS = (await Promise.all([keyOf(scope), keyOf(other)])).join(",");
      const overrides = { API_KEYS, OPEN_TO_ALL: undefined };
      const as = (key: string) =>
        ask(path, { method, headers: { authorization: `Bearer key-${key}` } }, overrides);
      expect(await errorOf(await as(other))).toMatchObject({
        status: 403,
        message: `this key does not have the scope ${scope}`,
      });
      const { status } = await as(scope);
      expect(status).not.toBe(401);
      expect(status).not.toBe(403);
    },
  );
});
