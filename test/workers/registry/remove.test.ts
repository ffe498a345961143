import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import {
  channelKey,
  manifestKey,
  signatureKey,
  weightsKey,
} from "../../../workers/storage/layout.ts";
import {
  answerOf,
  bindings,
  call,
  callWith,
  packageForm,
  promote,
  publish,
  publishTiny,
  refusalOf,
} from "./client.ts";
import { tinyPackage } from "../tinyPackage.ts";

const { MODELS } = bindings;

beforeEach(reset);

const path = (name: string, version: string) => `/models/${name}/${version}`;

const remove = (name: string, version: string) => call(path(name, version), { method: "DELETE" });

const left = async (name: string, version: string) =>
  (await MODELS.list({ prefix: `models/${name}/${version}/` })).objects.map(({ key }) => key);

/** The bucket, in which something happens before each deletion. */
const duringDeletion = (happens: (keys: string | string[]) => unknown) => ({
  MODELS: {
    get: (key: string) => MODELS.get(key),
    head: (key: string) => MODELS.head(key),
    list: (options: R2ListOptions) => MODELS.list(options),
    put: (key: string, value: Uint8Array, options: R2PutOptions) => MODELS.put(key, value, options),
    delete: async (keys: string | string[]) => {
      await happens(keys);
      await MODELS.delete(keys);
    },
  },
});

describe("DELETE /models/<name>/<version>", () => {
  it("deletes both files of one version", async () => {
    const [one, two] = await publishTiny("deleted", [1, 2]);
    const response = await remove("deleted", one);
    expect([response.status, await response.text()]).toEqual([204, ""]);
    expect(await left("deleted", one)).toEqual([]);
    expect(await left("deleted", two)).toHaveLength(2);
    expect(await refusalOf(await remove("deleted", one))).toMatchObject({ status: 404 });
  });

  it("deletes the manifest before the weights", async () => {
    const [version] = await publishTiny("ordered", [1]);
    const deleted: (string | string[])[] = [];
    const recording = duringDeletion((keys) => deleted.push(keys));
    await callWith(recording, path("ordered", version), { method: "DELETE" });
    expect(deleted).toEqual([
      manifestKey("ordered", version),
      [signatureKey("ordered", version), weightsKey("ordered", version)],
      manifestKey("ordered", version),
    ]);
  });

  it("refuses while a channel's pointer is broken, until a promotion repairs it", async () => {
    const [one, two] = await publishTiny("crooked", [1, 2]);
    await promote("crooked", { version: one });
    const key = channelKey("crooked", "stable");
    await MODELS.put(key, "{");
    const refusal = await refusalOf(await remove("crooked", one));
    expect(refusal).toMatchObject({ status: 409, code: "broken_channel" });
    expect(refusal.message).toContain(key);
    await answerOf(await promote("crooked", { version: two }));
    expect((await remove("crooked", one)).status).toBe(204);
  });

  it("deletes what an interrupted publication left", async () => {
    const [version] = await publishTiny("broken", [1]);
    await MODELS.delete(manifestKey("broken", version));
    expect((await remove("broken", version)).status).toBe(204);
    expect(await left("broken", version)).toEqual([]);
  });

  it("refuses a version while any channel serves it", async () => {
    const [one, two] = await publishTiny("serving", [1, 2]);
    await promote("serving", { version: two });
    await promote("serving", { version: one, channel: "beta" });
    const refusal = await refusalOf(await remove("serving", one));
    expect(refusal).toMatchObject({ status: 409, code: "promoted" });
    expect(refusal.message).toContain("beta");
    expect(await left("serving", one)).toHaveLength(2);
    await answerOf(await promote("serving", { version: two, channel: "beta" }));
    expect((await remove("serving", one)).status).toBe(204);
  });

  it("refuses an invalid version", async () => {
    const refusal = await refusalOf(await remove("tiny", "latest"));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_request", param: "version" });
  });

  it("is taken back if a promotion comes in between", async () => {
    const [one, two] = await publishTiny("raced", [1, 2]);
    await promote("raced", { version: one });
    const before = await (await MODELS.get(manifestKey("raced", two)))?.text();
    let first = true;
    const interrupted = duringDeletion(async () => {
      if (first) await answerOf(await promote("raced", { version: two }));
      first = false;
    });
    const response = await callWith(interrupted, path("raced", two), { method: "DELETE" });
    expect(await refusalOf(response)).toMatchObject({ status: 409, code: "promoted" });
    expect(await (await MODELS.get(manifestKey("raced", two)))?.text()).toBe(before);
    expect(await left("raced", two)).toHaveLength(2);
  });

  it("leaves nothing of a version that is published in between", async () => {
    const files = await tinyPackage({ name: "again" });
    const [version] = await publishTiny("again", [1]);
    const interrupted = duringDeletion(async (keys) => {
      if (Array.isArray(keys)) await answerOf(await publish("again", files), 201);
    });
    const response = await callWith(interrupted, path("again", version), { method: "DELETE" });
    expect(response.status).toBe(204);
    expect(await left("again", version)).toEqual([]);
    await answerOf(await publish("again", files), 201);
    await answerOf(await promote("again", { version }));
  });

  it("of what an interrupted publication left does not take the weights of the next one", async () => {
    const files = await tinyPackage({ name: "halves" });
    const [version] = await publishTiny("halves", [1]);
    await MODELS.delete(manifestKey("halves", version));
    const interrupted = {
      MODELS: {
        ...duringDeletion(() => undefined).MODELS,
        put: async (key: string, value: Uint8Array, options: R2PutOptions) => {
          if (key === manifestKey("halves", version)) await remove("halves", version);
          return MODELS.put(key, value, options);
        },
      },
    };
    const init = { method: "POST", body: packageForm(files) };
    await answerOf(await callWith(interrupted, "/models/halves", init), 201);
    expect(await left("halves", version)).toHaveLength(2);
    await answerOf(await promote("halves", { version }));
  });
});
