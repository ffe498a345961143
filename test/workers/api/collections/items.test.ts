import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { sha256 } from "../../../../shared/package/digest.ts";
import {
  getItem,
  listItems,
  putItems,
} from "../../../../workers/api/contract/collections/items.ts";
import { collectionObject } from "../../../../workers/api/collections/objects.ts";
import { readSettings } from "../../../../workers/api/env.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, embeddingsOf, errorOf, json, publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";
import { TestCollection } from "./collection.ts";

const { png, jpeg, webp } = fixtures;
const embedding = [1, 0, 0, 0, 0, 0];
const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));

let count = 0;
let collection: TestCollection;

beforeAll(async () => {
  await publish(await tinyPackage({ name: "kept", form: "local", ranking: "s" }));
});

beforeEach(async () => {
  count += 1;
  collection = new TestCollection(`items-${count}`);
  await collection.make({ model: "kept", capacity: 5, store_images: true });
  return async () => {
    await collection.call("DELETE");
  };
});

const itemOf = async (id: string) => {
  const response = await collection.call("GET", `/items/${encodeURIComponent(id)}`);
  return getItem.answer.schema.parse(await response.json());
};

const picturesOf = async ({ name }: TestCollection) =>
  (await env.MODELS.list({ prefix: `collections/pictures/${name}-` })).objects;

const idsOf = async () => {
  const response = await collection.call("GET", "/items");
  return listItems.answer.schema.parse(await response.json()).items.map(({ id }) => id);
};

describe("written items", () => {
  it("are embedded as /embed does, and found by the next search", async () => {
    const { results, errors } = await collection.write([
      { id: "a", image: png, metadata: { label: "x" } },
      { id: "b", image: `data:image/jpeg;base64,${jpeg}` },
      { id: "c", embedding },
    ]);
    expect(errors).toEqual([]);
    expect(results).toEqual(["a", "b", "c"].map((id) => ({ id, status: "created" })));
    const { embeddings } = await embeddingsOf(
      await ask("/embed?model=kept", json({ inputs: png })),
    );
    expect(await itemOf("a")).toEqual({
      id: "a",
      metadata: { label: "x" },
      sha256: await sha256(bytesOf(png)),
      stored: true,
      embedding: embeddings[0],
    });
    expect(await itemOf("c")).toEqual({
      id: "c",
      metadata: {},
      sha256: null,
      stored: false,
      embedding,
    });
    const found = await collection.search({ query: png });
    expect(found.results.map(({ id }) => id).sort()).toEqual(["a", "b", "c"]);
    expect(found.results.find(({ id }) => id === "a")?.distance).toBeLessThan(1e-3);
  });

  it("replace those of the same id, with their pictures", async () => {
    await collection.write([{ id: "a", image: png, metadata: { label: "x" } }]);
    const pictures = () => picturesOf(collection);
    const [before] = await pictures();
    const { results } = await collection.write([{ id: "a", image: webp }]);
    expect(results).toEqual([{ id: "a", status: "replaced" }]);
    expect(await itemOf("a")).toMatchObject({ metadata: {}, sha256: await sha256(bytesOf(webp)) });
    const [after, ...others] = await pictures();
    expect(others).toEqual([]);
    expect(after.key).not.toBe(before.key);
    const picture = await env.MODELS.get(after.key);
    expect(new Uint8Array((await picture?.arrayBuffer()) ?? [])).toEqual(bytesOf(webp));
    expect((await collection.describe()).count).toBe(1);
    await collection.call("DELETE", "/items/a");
    expect(await pictures()).toEqual([]);
  });

  it("do not lose the others if some are wrong", async () => {
    const { results, errors } = await collection.write([
      { id: "a", image: png },
      { id: "b", image: btoa("hello") },
      { id: "", image: png },
      { id: "..", image: png },
      { id: "c".repeat(65), image: png },
      { id: "d", image: png, embedding },
      { id: "e", embedding: [1] },
      { id: "f", image: png, metadata: { deep: { a: 1 } } },
      { id: "g", image: png, metadata: { text: "x".repeat(10_240) } },
      { id: "h", image: "https://example.com/a.png" },
      "i",
      { id: "j", image: jpeg },
    ]);
    expect(results.map((it) => it?.id ?? null)).toEqual(["a", ...Array<null>(10).fill(null), "j"]);
    expect(errors.map(({ index, id, code }) => [index, id && id.slice(0, 3), code])).toEqual([
      [1, "b", "not_an_image"],
      [2, "", "invalid_request"],
      [3, "..", "invalid_request"],
      [4, "ccc", "invalid_request"],
      [5, "d", "invalid_request"],
      [6, "e", "invalid_embedding"],
      [7, "f", "invalid_request"],
      [8, "g", "invalid_request"],
      [9, "h", "url_not_allowed"],
      [10, null, "invalid_request"],
    ]);
    expect(errors[3].message).toContain("an id has 1 to 64 bytes");
    expect(errors[7].message).toContain("10240");
    expect(await idsOf()).toEqual(["a", "j"]);
  });

  it("may not come as a form with metadata of a file that it lacks", async () => {
    const form = new FormData();
    form.set("metadata", JSON.stringify({ a: { label: "x" }, b: { label: "y" } }));
    form.set("a", new Blob([bytesOf(png)]), "a.png");
    expect(await errorOf(await collection.send("/items", form))).toMatchObject({
      status: 400,
      code: "invalid_request",
      message: 'metadata.b: the form has no file "b"',
      param: "metadata.b",
    });
  });

  it("may come as a form, with metadata by id", async () => {
    const form = new FormData();
    form.set("metadata", JSON.stringify({ "x/a.png": { label: "x" } }));
    form.set("x/a.png", new Blob([bytesOf(png)]), "a.png");
    form.set("y/b.jpg", new Blob([bytesOf(jpeg)]), "b.jpg");
    form.set("z/c.txt", new Blob(["hello"]), "c.txt");
    const response = await collection.send("/items", form);
    const { results, errors } = putItems.answer.schema.parse(await response.json());
    expect(results.map((it) => it?.id)).toEqual(["x/a.png", "y/b.jpg", undefined]);
    expect(errors).toMatchObject([{ index: 2, id: "z/c.txt", code: "not_an_image" }]);
    expect((await itemOf("x/a.png")).metadata).toEqual({ label: "x" });
  });

  it("are refused beyond the capacity, with what to do", async () => {
    const write = (ids: string[]) =>
      collection.call("POST", "/items", { items: ids.map((id) => ({ id, embedding })) });
    expect((await write(["a", "b", "c", "d"])).status).toBe(200);
    const error = await errorOf(await write(["e", "f"]));
    expect(error).toMatchObject({ status: 507, code: "collection_full" });
    expect(error.message).toContain("capacity of 5: PUT a larger capacity");
    expect(await idsOf()).toEqual(["a", "b", "c", "d"]);
    // Replacing needs no room.
    expect((await write(["d", "e", "d"])).status).toBe(200);
    expect(await idsOf()).toEqual(["a", "b", "c", "d", "e"]);
    expect(await collection.make({ model: "kept", capacity: 7, store_images: true })).toMatchObject(
      {
        status: 200,
        capacity: 7,
        count: 5,
      },
    );
    expect((await write(["f", "g"])).status).toBe(200);
    expect((await write(["h"])).status).toBe(507);
  });

  it("keep no pictures if they are refused, or if their collection was deleted meanwhile", async () => {
    const items = ["a", "b", "c", "d", "e", "f"].map((id) => ({ id, image: png }));
    expect((await collection.call("POST", "/items", { items })).status).toBe(507);
    expect(await picturesOf(collection)).toEqual([]);
    // By another isolate, so that this one does not know yet.
    await collectionObject(readSettings(env), collection.name).destroy();
    const late = await collection.call("POST", "/items", { items: items.slice(0, 1) });
    expect(await errorOf(late)).toMatchObject({ code: "unknown_collection" });
    expect(await picturesOf(collection)).toEqual([]);
  });

  it("may have names that objects have", async () => {
    const names = ["constructor", "toString", "hasOwnProperty", "__proto__"];
    const form = new FormData();
    for (const name of names) form.set(name, new Blob([bytesOf(png)]), "a.png");
    form.set("metadata", '{"__proto__": {"label": "x"}}');
    const response = await collection.send("/items", form);
    expect(putItems.answer.schema.parse(await response.json()).errors).toEqual([]);
    expect((await itemOf("toString")).metadata).toEqual({});
    expect((await itemOf("__proto__")).metadata).toEqual({ label: "x" });
    const metadata = { constructor: "a", toString: "b" };
    const { errors } = await collection.write(names.map((id) => ({ id, embedding, metadata })));
    expect(errors).toEqual([]);
    expect((await idsOf()).sort()).toEqual(names.toSorted());
    for (const id of names) expect((await itemOf(id)).metadata).toEqual(metadata);
    const filtered = await collection.search({
      query: { embedding },
      filter: { constructor: "a", toString: { $ne: "c" } },
      group_by: "constructor",
    });
    expect(filtered.results).toHaveLength(1);
    const other = { query: { embedding }, group_by: "valueOf" };
    expect((await collection.search(other)).results).toEqual([]);
  });

  it.each([
    [{ items: [] }, 400, "items"],
    [{}, 400, "items"],
    [{ items: "a" }, 400, "items"],
    [{ items: [{ id: "a", image: png }], on_error: "skip" }, 400, "on_error"],
    [{ items: Array(101).fill({ id: "a", embedding }) }, 413, "items"],
  ])("are refused as a whole if the request is wrong: %j", async (body, status, param) => {
    expect(await errorOf(await collection.call("POST", "/items", body))).toMatchObject({
      status,
      param,
    });
  });
});

describe("the list of items", () => {
  it("goes page by page in the order of the bytes of ids", async () => {
    const names = ["a", "ab", "b/c", "é", "\u{1F600}"];
    await collection.write([...names].reverse().map((id) => ({ id, embedding })));
    const pageSchema = z.object({
      items: z.array(z.object({ id: z.string() })),
      next: z.nullable(z.string()),
    });
    const seen: string[] = [];
    let after = "";
    for (let page = 0; page < 4; page++) {
      const path = `/items?limit=2${after && `&after=${encodeURIComponent(after)}`}`;
      const { items, next } = pageSchema.parse(await (await collection.call("GET", path)).json());
      seen.push(...items.map(({ id }) => id));
      if (next === null) break;
      after = next;
    }
    expect(seen).toEqual(names);
  });

  it("holds embeddings in base64 on request", async () => {
    await collection.write([{ id: "a", embedding: [3, 0, 0, 4, 0, 0] }]);
    const response = await collection.call("GET", "/items?include=embedding");
    const { items } = listItems.answer.schema.parse(await response.json());
    const bytes = bytesOf(items[0].embedding as string);
    const values = new Float32Array(bytes.buffer);
    expect(Array.from(values, (value) => value.toFixed(5))).toEqual(
      [0.6, 0, 0, 0.8, 0, 0].map((value) => value.toFixed(5)),
    );
  });

  it.each([
    ["limit=0", "limit"],
    ["limit=x", "limit"],
    ["limit=1001", "limit"],
    ["include=all", "include"],
  ])("refuses ?%s", async (query, param) => {
    expect(await errorOf(await collection.call("GET", `/items?${query}`))).toMatchObject({
      status: 400,
      param,
    });
  });
});

describe("a deleted item", () => {
  it("is gone at once", async () => {
    await collection.write([
      { id: "a/b", embedding },
      { id: "c", embedding },
    ]);
    const response = await collection.call("DELETE", "/items/a%2Fb");
    expect(await response.json()).toEqual({ deleted: "a/b" });
    expect((await collection.search({ query: { embedding } })).results.map(({ id }) => id)).toEqual(
      ["c"],
    );
    for (const method of ["GET", "DELETE"]) {
      expect(await errorOf(await collection.call(method, "/items/a%2Fb"))).toMatchObject({
        status: 404,
        code: "unknown_item",
      });
    }
  });
});
