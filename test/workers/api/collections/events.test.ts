import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import worker from "../../../../workers/api/index.ts";
import { sha256 } from "../../../../shared/package/digest.ts";
import { listItems } from "../../../../workers/api/contract/collections/items.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";
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
async function deliver(bodies: unknown[]) {
  const messages = bodies.map((body, i) => ({
    id: String(i),
    timestamp: new Date(),
    attempts: 1,
    body,
  }));
  const batch = createMessageBatch(QUEUE, messages);
  const context = createExecutionContext();
  await worker.queue(batch, env, context);
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
});
