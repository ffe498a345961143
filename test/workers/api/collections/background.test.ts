import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Task, taskSchema } from "../../../../workers/api/background/task.ts";
import {
  findDuplicates,
  getDuplicates,
} from "../../../../workers/api/contract/collections/duplicates.ts";
import { listErrors, sync } from "../../../../workers/api/contract/collections/sync.ts";
import { listItems } from "../../../../workers/api/contract/collections/items.ts";
import worker from "../../../../workers/api/index.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { promote, publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";
import { TestCollection } from "./collection.ts";

const { png, jpeg, webp, webpLossless } = fixtures;
const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));

let count = 0;
let name: string;
let first: string;
let collection: TestCollection;

beforeEach(async () => {
  name = `moved-${++count}`;
  first = await publish(await tinyPackage({ name, form: "local", ranking: "s" }));
  collection = new TestCollection(`background-${count}`, { REFRESH_SECONDS: 0 });
});

/** Gives the Worker a message. @param TASKS takes what it sends */
async function deliver(task: Task, TASKS: object): Promise<void> {
  const message = { id: "one", timestamp: new Date(), attempts: 1, body: task };
  const batch = createMessageBatch("pddm-tasks", [message]);
  const context = createExecutionContext();
  await worker.queue(batch, { ...env, TASKS }, context);
  const result: unknown = await getQueueResult(batch, context);
  expect(result).toMatchObject({ explicitAcks: ["one"], retryMessages: [] });
}

describe("a promotion", () => {
  const second = async () =>
    publish(await tinyPackage({ name, seed: 2, form: "local", ranking: "s" }));

  it("moves a collection that keeps its pictures, in one step, and a rollback moves it back", async () => {
    await collection.make({ model: name, capacity: 100, store_images: true });
    const images = { a: png, b: jpeg, c: webp, d: webpLossless };
    const items = Object.entries(images).map(([id, image]) => ({ id, image }));
    await collection.write(items);
    await collection.when(({ densities }) => densities.outdated === 0);
    const before = await collection.search({ query: png });
    const version = await second();
    await collection.when((it) => it.version === version);
    expect(await collection.describe()).toMatchObject({
      version,
      target: null,
      state: "ready",
      count: 4,
      pending: 0,
    });
    const after = await collection.search({ query: png });
    expect(after.version).toBe(version);
    expect(after.results).toHaveLength(4);
    // As if it had been made with that version.
    const fresh = new TestCollection(`fresh-${count}`, { REFRESH_SECONDS: 0 });
    await fresh.make({ model: name, capacity: 100 });
    await fresh.write(items);
    await fresh.when(({ densities }) => densities.outdated === 0);
    await collection.when(({ densities }) => densities.outdated === 0);
    const [moved, made] = await Promise.all(
      [collection, fresh].map((it) => it.search({ query: png })),
    );
    expect(moved.results.map(({ id }) => id)).toEqual(made.results.map(({ id }) => id));
    moved.results.forEach((it, i) => expect(it.score).toBeCloseTo(made.results[i].score, 4));

    await promote({ name, version: first });
    await collection.when((it) => it.version === first);
    await collection.when(({ densities }) => densities.outdated === 0);
    const back = await collection.search({ query: png });
    expect(back.version).toBe(first);
    expect(back.results.map(({ id }) => id)).toEqual(before.results.map(({ id }) => id));
  });

  it("leaves a collection without pictures where it is, until its items are sent again", async () => {
    await collection.make({ model: name, capacity: 100 });
    await collection.write([
      { id: "a", image: png },
      { id: "b", image: jpeg },
    ]);
    const version = await second();
    const stale = await collection.when((it) => it.state === "stale");
    expect(stale).toMatchObject({ version: first, target: version, pending: 2, count: 2 });
    expect((await collection.search({ query: png })).version).toBe(first);
    await collection.write([{ id: "a", image: png }]);
    expect(await collection.describe()).toMatchObject({ version: first, pending: 1 });
    await collection.write([{ id: "b", image: jpeg }]);
    await collection.when((it) => it.version === version);
    expect((await collection.search({ query: png })).results).toHaveLength(2);
  });

  it("moves it, too, when the last item that keeps it is deleted", async () => {
    // Nothing in the background moves it.
    collection = new TestCollection(collection.name, { REFRESH_SECONDS: 0, TASKS: undefined });
    await collection.make({ model: name, capacity: 100 });
    await collection.write([
      { id: "a", image: png },
      { id: "b", image: jpeg },
    ]);
    const version = await second();
    await collection.when((it) => it.state === "stale");
    await collection.write([{ id: "a", image: png }]);
    await collection.call("DELETE", "/items/b");
    expect(await collection.when((it) => it.version === version)).toMatchObject({ count: 1 });
  });

  it("forgets the failure of an item that is sent again", async () => {
    await collection.make({ model: name, capacity: 100, store_images: true });
    await collection.write([{ id: "a", image: png }]);
    const { objects } = await env.MODELS.list({
      prefix: `collections/pictures/${collection.name}-`,
    });
    await env.MODELS.delete(objects.map(({ key }) => key));
    const version = await second();
    await collection.when((it) => it.failed === 1);
    await collection.write([{ id: "a", image: png }]);
    const moved = await collection.when((it) => it.version === version);
    expect(moved).toMatchObject({ failed: 0, pending: 0 });
  });
});

describe("a search for duplicates", () => {
  it("finds groups of linked items, and tells its progress", async () => {
    await collection.make({ model: name, capacity: 100 });
    const near = (k: number, by: number) => {
      const row = Array<number>(6).fill(0.01);
      row[k] = 1;
      row[(k + 1) % 6] = by;
      return row;
    };
    const items = [0, 1, 2, 3, 4].flatMap((k) =>
      (k < 2 ? [0.01, 0.02, 0.03] : [0.01]).map((by) => ({
        id: `${k}/${by}`,
        embedding: near(k, by),
      })),
    );
    await collection.write(items);
    await collection.when(({ densities }) => densities.outdated === 0);
    const all = await collection.search({ query: { id: "0/0.01" }, top_k: 100 });
    // Between what is alike and what is not.
    const [, second, third] = all.results;
    const min_probability = (second.probability + third.probability) / 2;
    const begun = await collection.call("POST", "/duplicates", { min_probability });
    expect(begun.status).toBe(202);
    expect(findDuplicates.answer.schema.parse(await begun.json())).toMatchObject({
      state: "running",
      total: 9,
    });
    const get = async () =>
      getDuplicates.answer.schema.parse(await (await collection.call("GET", "/duplicates")).json());
    await expect.poll(async () => (await get()).state, { timeout: 10_000 }).toBe("done");
    const { groups, done, truncated } = await get();
    expect({ done, truncated }).toEqual({ done: 9, truncated: false });
    expect(groups[0].items.length).toBeGreaterThan(1);
    const together = (a: string, b: string) =>
      groups.some((group) => group.items.includes(a) && group.items.includes(b));
    // Against every pair.
    for (const a of items) {
      const { results } = await collection.search({ query: { id: a.id }, top_k: 100 });
      for (const { id, probability } of results) {
        if (probability >= min_probability) expect(together(a.id, id)).toBe(true);
      }
    }
  });
});

it("goes on in another message where one has not time enough for all", async () => {
  await collection.make({ model: name, capacity: 100 });
  // Two slices.
  const items = Array.from({ length: 40 }, (_, i) => {
    const embedding = Array<number>(6).fill(0.01 * i);
    embedding[i % 6] = 1;
    return { id: `${i}`, embedding };
  });
  await collection.write(items);
  const sent: unknown[] = [];
  const lent = {
    send: (message: unknown) => {
      sent.push(message);
      return Promise.resolve();
    },
    sendBatch: () => Promise.reject(new Error("one at a time")),
  };
  const lending = new TestCollection(collection.name, { REFRESH_SECONDS: 0, TASKS: lent });
  expect((await lending.call("POST", "/duplicates", { min_probability: 1 })).status).toBe(202);
  const begun = taskSchema.parse(sent.pop());
  // Each look at the clock finds it a minute later.
  let now = Date.now();
  const clock = vi.spyOn(Date, "now").mockImplementation(() => (now += 60_000));
  await deliver(begun, lent);
  clock.mockRestore();
  const rest = taskSchema.parse(sent.pop());
  expect(rest).toMatchObject({ task: "duplicates", collection: collection.name });
  expect(rest).not.toEqual(begun);
  const job = async () =>
    getDuplicates.answer.schema.parse(await (await collection.call("GET", "/duplicates")).json());
  expect(await job()).toMatchObject({ state: "running", done: 32 });
  await deliver(rest, lent);
  expect(await job()).toMatchObject({ state: "done", done: 40 });
  expect(sent).toEqual([]);
});

it("finds copies as duplicates, whatever the probability of such a pair", async () => {
  await collection.make({ model: name, capacity: 100 });
  await collection.write([
    { id: "a", image: png },
    { id: "copy of a", image: png },
    { id: "b", image: jpeg },
  ]);
  await collection.call("POST", "/duplicates", { min_probability: 1 });
  const get = async () =>
    getDuplicates.answer.schema.parse(await (await collection.call("GET", "/duplicates")).json());
  await expect.poll(async () => (await get()).state, { timeout: 10_000 }).toBe("done");
  expect((await get()).groups).toEqual([{ items: ["a", "copy of a"], probability: 1 }]);
});

describe("a collection with a prefix", () => {
  const { PICTURES, TASKS } = env;
  const event = (key: string, action = "PutObject") => ({
    account: "3f4b7e3dcab231cbfdaa90a6a28bd548",
    action,
    bucket: "pddm-pictures",
    object: { key, size: 1, eTag: "c846ff7a18f28c2e262116d6e8719ef0" },
    eventTime: "2026-05-24T19:36:44.379Z",
  });
  let prefix: string;

  const items = async () => {
    const response = await collection.call("GET", "/items");
    return listItems.answer.schema.parse(await response.json()).items;
  };
  const ids = async () => (await items()).map(({ id }) => id);

  beforeEach(async () => {
    prefix = `prefix-${count}/`;
    await collection.make({ model: name, capacity: 100, prefix });
  });

  it("follows notifications of the bucket, whatever their order", async () => {
    await PICTURES.put(`${prefix}gull/1.png`, bytesOf(png));
    await PICTURES.put(`${prefix}gull/2.jpg`, bytesOf(jpeg));
    for (const key of ["gull/1.png", "gull/2.jpg", "gull/1.png"]) {
      await TASKS.send(event(prefix + key));
    }
    await expect.poll(ids, { timeout: 10_000 }).toEqual(["gull/1.png", "gull/2.jpg"]);
    expect((await items())[0].metadata).toEqual({ key: `${prefix}gull/1.png`, label: "gull" });
    await PICTURES.delete(`${prefix}gull/1.png`);
    // The events of a deletion and of the writing before it come in the wrong order.
    await TASKS.send(event(`${prefix}gull/1.png`, "DeleteObject"));
    await TASKS.send(event(`${prefix}gull/1.png`));
    await expect.poll(ids, { timeout: 10_000 }).toEqual(["gull/2.jpg"]);
  });

  it("moves to a promoted version by the pictures of the bucket", async () => {
    await PICTURES.put(`${prefix}a.png`, bytesOf(png));
    await PICTURES.put(`${prefix}b.jpg`, bytesOf(jpeg));
    for (const key of ["a.png", "b.jpg"]) await TASKS.send(event(prefix + key));
    await expect.poll(ids, { timeout: 10_000 }).toEqual(["a.png", "b.jpg"]);
    const version = await publish(
      await tinyPackage({ name, seed: 2, form: "local", ranking: "s" }),
    );
    await collection.when((it) => it.version === version);
    expect((await collection.search({ query: png })).results).toHaveLength(2);
  });

  it("is reconciled with the bucket, and lists what it could not embed", async () => {
    await PICTURES.put(`${prefix}gone.png`, bytesOf(png));
    await PICTURES.put(`${prefix}changed.png`, bytesOf(png));
    const begin = async () => {
      const response = await collection.call("POST", "/sync");
      expect(response.status).toBe(202);
      expect(sync.answer.schema.parse(await response.json()).state).toBe("running");
    };
    await begin();
    await expect.poll(ids, { timeout: 10_000 }).toEqual(["changed.png", "gone.png"]);
    await collection.write([{ id: "of its own", embedding: [1, 0, 0, 0, 0, 0] }]);
    const [{ sha256 }] = await items();
    await PICTURES.delete(`${prefix}gone.png`);
    await PICTURES.put(`${prefix}changed.png`, bytesOf(webp));
    await PICTURES.put(`${prefix}broken.png`, bytesOf(png).subarray(0, 60));
    const long = `${"l".repeat(50)}/${"o".repeat(50)}.png`;
    await PICTURES.put(prefix + long, bytesOf(jpeg));
    await PICTURES.put(`${prefix}.DS_Store`, "hidden");
    await collection.when((it) => it.sync?.state === "done");
    await begin();
    await collection.when((it) => it.sync?.state === "done" && it.failed === 1);
    await expect
      .poll(async () => (await items()).find(({ id }) => id === "changed.png")?.sha256)
      .not.toBe(sha256);
    const found = await items();
    expect(found.map(({ id }) => id)).toHaveLength(3);
    expect(found.find(({ metadata }) => metadata.key === prefix + long)?.metadata.label).toBe(
      "l".repeat(50),
    );
    const errors = async () =>
      listErrors.answer.schema.parse(await (await collection.call("GET", "/errors")).json()).errors;
    expect(await errors()).toMatchObject([
      { id: "broken.png", code: "undecodable_image", attempts: 1 },
    ]);
    await PICTURES.put(`${prefix}broken.png`, bytesOf(png));
    await begin();
    await collection.when((it) => it.failed === 0 && it.count === 4);
    expect(await errors()).toEqual([]);
  });
});
