import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import worker from "../../../../workers/api/index.ts";
import { sha256 } from "../../../../shared/package/digest.ts";
import { listItems } from "../../../../workers/api/contract/collections/items.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { type Overrides, publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";
import { collectionObject, shardObject } from "../../../../workers/api/collections/objects.ts";
import { itemIdSchema } from "../../../../workers/protocol/metadata.ts";
import { readSettings } from "../../../../workers/api/env.ts";
import { TestCollection } from "./collection.ts";

const { PICTURES } = env;
const QUEUE = "pddm-tasks";
const PREFIX = "events/";
const KEYS = ["a.png", "gull/1.png", "gull/2.png"];
const PICTURED = [fixtures.png, fixtures.jpeg, fixtures.webp].map((base64) =>
  Uint8Array.from(atob(base64), (it) => it.charCodeAt(0)),
);

const collection = new TestCollection("events");

beforeAll(async () => {
  await publish(await tinyPackage({ name: "events" }));
  await collection.make({ model: "events", capacity: 100, prefix: PREFIX });
});

const event = (key: string, action: string) => ({
  account: "3f4b7e3dcab231cbfdaa90a6a28bd548",
  action,
  bucket: "pddm-pictures",
  object: { key, size: 1, eTag: "c846ff7a18f28c2e262116d6e8719ef0" },
  eventTime: "2026-05-24T19:36:44.379Z",
});

const resultSchema = z.object({
  explicitAcks: z.array(z.string()),
  retryMessages: z.array(z.object({ msgId: z.string() })),
});

/** Gives messages to the consumer, as one batch. */
async function deliver(bodies: unknown[], overrides: Overrides = {}) {
  const messages = bodies.map((body, i) => ({
    id: String(i),
    timestamp: new Date(),
    attempts: 1,
    body,
  }));
  const batch = createMessageBatch(QUEUE, messages);
  const context = createExecutionContext();
  await worker.queue(batch, { ...env, ...overrides }, context);
  const result: unknown = await getQueueResult(batch, context);
  return resultSchema.parse(result);
}

/** Something that happens to an object, or the delivery of some events that were sent so far. */
type Step = { key: string; picture: number | null } | { deliver: number[] };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    key: fc.constantFrom(...KEYS),
    picture: fc.option(fc.nat(PICTURED.length - 1)),
  }),
  fc.record({ deliver: fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }) }),
);

async function reset(): Promise<void> {
  for (const key of KEYS) {
    await PICTURES.delete(PREFIX + key);
    await collection.call("DELETE", `/items/${encodeURIComponent(key)}`);
  }
}

describe("events of a bucket", () => {
  it("that are late, repeated or out of order leave the items of its objects", async () => {
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
      async (steps, order) => {
        await reset();
        const sent: object[] = [];
        const model = new Map<string, number>();
        for (const it of steps) {
          if ("deliver" in it) {
            // The same again, too, and long before others.
            const some = it.deliver.flatMap((at) => sent[at] ?? []);
            if (some.length > 0) await deliver(some);
            continue;
          }
          const { key, picture } = it;
          if (picture === null) {
            await PICTURES.delete(PREFIX + key);
            model.delete(key);
          } else {
            await PICTURES.put(PREFIX + key, PICTURED[picture]);
            model.set(key, picture);
          }
          sent.push(event(PREFIX + key, picture === null ? "DeleteObject" : "PutObject"));
        }
        // In the end each comes at least once, in any order.
        const shuffled = sent
          .map((body, i) => ({ body, at: order[i] }))
          .sort((a, b) => a.at - b.at);
        for (const { body } of shuffled) await deliver([body]);
        const response = await collection.call("GET", "/items");
        const { items } = listItems.answer.schema.parse(await response.json());
        const expected = await Promise.all(
          [...model].map(async ([id, picture]) => ({
            id,
            sha256: await sha256(PICTURED[picture]),
          })),
        );
        expected.sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(items.map((item) => ({ id: item.id, sha256: item.sha256 }))).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });

  it("of other prefixes, and hidden files, do nothing", async () => {
    await reset();
    await PICTURES.put("elsewhere/a.png", PICTURED[0]);
    await PICTURES.put(`${PREFIX}.hidden/a.png`, PICTURED[0]);
    const keys = ["elsewhere/a.png", `${PREFIX}.hidden/a.png`, PREFIX];
    const result = await deliver(keys.map((key) => event(key, "PutObject")));
    expect(result.explicitAcks.sort()).toEqual(["0", "1", "2"]);
    expect((await collection.describe()).count).toBe(0);
  });

  it("that are no events of R2, and no tasks, are sent back, in the end to the dead-letter queue", async () => {
    const bodies = [
      "hello",
      { ...event(`${PREFIX}a.png`, "PutObject"), action: "Explode" },
      { task: "embed", collection: "events" },
      event(`${PREFIX}a.png`, "DeleteObject"),
    ];
    const { explicitAcks, retryMessages } = await deliver(bodies);
    expect(explicitAcks).toEqual(["3"]);
    expect(retryMessages.map(({ msgId }) => msgId)).toEqual(["0", "1", "2"]);
  });

  it("of a collection that is gone are dropped", async () => {
    const task = {
      task: "pictures",
      collection: "events",
      uid: "another",
      keys: [`${PREFIX}a.png`],
    };
    const gone = { ...task, collection: "nobody" };
    expect((await deliver([task, gone])).explicitAcks).toEqual(["0", "1"]);
  });

  it("reach a collection that took the place of another one of its name, which is still known here", async () => {
    const again = new TestCollection("again");
    const prefix = "again/";
    await again.make({ model: "events", capacity: 10, prefix });
    await again.describe();
    // As another isolate does it.
    const object = collectionObject(readSettings(env), "again");
    const former = await object.record();
    if (!former) throw new Error("the collection was made");
    await object.destroy();
    const made = await object.create(former, former.served);
    if (!("record" in made)) throw new Error("the collection was deleted");
    await PICTURES.put(`${prefix}a.png`, PICTURED[0]);
    await deliver([event(`${prefix}a.png`, "PutObject")]);
    expect((await again.describe()).count).toBe(1);
    expect(made.record.uid).not.toBe(former.uid);
  });

  it("reach every collection of their prefix, also if one of them fails", async () => {
    const prefix = "shared/";
    const works = new TestCollection("shared-b");
    await works.make({ model: "events", capacity: 10, prefix });
    const fails = collectionObject(readSettings(env), "shared-a");
    const record = await collectionObject(readSettings(env), "shared-b").record();
    if (!record) throw new Error("the collection was made");
    await fails.create({ ...record, name: "shared-a", model: "nobody" }, record.served);
    await PICTURES.put(`${prefix}a.png`, PICTURED[0]);
    const { retryMessages } = await deliver([event(`${prefix}a.png`, "PutObject")]);
    expect(retryMessages).toHaveLength(1);
    expect((await works.describe()).count).toBe(1);
    await fails.destroy();
  });

  it("of keys that are no ids make items with the digest of the key as id", async () => {
    await reset();
    const names = ["a\u0000b.png", "a\u0000c.png", "d\ne.png"];
    const keys = names.map((name) => PREFIX + name);
    for (const key of keys) await PICTURES.put(key, PICTURED[0]);
    for (let times = 0; times < 2; times++) {
      for (const key of keys) await deliver([event(key, "PutObject")]);
    }
    const response = await collection.call("GET", "/items");
    const { items } = listItems.answer.schema.parse(await response.json());
    expect(items.map(({ metadata }) => metadata.key).sort()).toEqual(keys);
    for (const { id } of items) expect(itemIdSchema.safeParse(id).success, id).toBe(true);
    expect((await collection.describe()).count).toBe(keys.length);
    expect((await collection.search({ query: fixtures.png })).results).toHaveLength(keys.length);
    for (const key of keys) await PICTURES.delete(key);
    for (const key of keys) await deliver([event(key, "DeleteObject")]);
    expect((await collection.describe()).count).toBe(0);
  });

  it("of large pictures have few of them in memory", async () => {
    await reset();
    const keys = ["a.png", "b.png", "c.png", "d.png"].map((name) => PREFIX + name);
    // What follows a picture in its file is not looked at.
    const large = new Uint8Array(9_000_000);
    large.set(PICTURED[0]);
    for (const key of keys) await PICTURES.put(key, large);
    const written: number[] = [];
    const looked = {
      head: (key: string) => PICTURES.head(key),
      get: async (key: string) => {
        written.push((await collection.describe()).count);
        return PICTURES.get(key);
      },
    };
    const record = await collectionObject(readSettings(env), "events").record();
    const task = { task: "pictures", collection: "events", uid: record?.uid, keys };
    await deliver([task], { PICTURES: looked });
    expect(written).toEqual([0, 1, 2, 3]);
    expect((await collection.describe()).count).toBe(4);
    for (const key of keys) await PICTURES.delete(key);
    for (const key of keys) await deliver([event(key, "DeleteObject")]);
  });
});

describe("a reconciliation", () => {
  it("removes many items whose keys are long", async () => {
    const settings = readSettings(env);
    const record = await collectionObject(settings, "events").record();
    if (!record) throw new Error("the collection was made");
    const { version, width } = record.served;
    const embedding = new Float32Array(width).fill(1 / Math.sqrt(width));
    const count = 400;
    const items = Array.from({ length: count }, (_, i) => ({
      id: `many ${i}`,
      metadata: { key: `${PREFIX}${i}${"x".repeat(990)}` },
      sha256: null,
      image: null,
      etag: "gone",
      vectors: { [version]: { embedding } },
    }));
    const shard = shardObject(settings, { ...record }, 0);
    await collection.call("PUT", "", { model: "events", capacity: 1000, prefix: PREFIX });
    for (let at = 0; at < count; at += 100) await shard.put(items.slice(at, at + 100));
    const begun = await collectionObject(settings, "events").startSync();
    const task = { task: "sync", collection: "events", uid: record.uid, job: begun?.job.id };
    expect((await deliver([{ ...task, from: null }])).explicitAcks).toEqual(["0"]);
  });
});
