import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import {
  channelKey,
  manifestKey,
  signatureKey,
  weightsKey,
} from "../../../workers/storage/layout.ts";
import { answerOf, bindings, call, callWith, promote, publishTiny, refusalOf } from "./client.ts";

const { MODELS } = bindings;

beforeEach(reset);

const path = (name: string, version: string) => `/models/${name}/${version}`;

const remove = (name: string, version: string) => call(path(name, version), { method: "DELETE" });

const left = async (name: string, version: string) =>
  (await MODELS.list({ prefix: `models/${name}/${version}/` })).objects.map(({ key }) => key);

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
    const deleted: string[] = [];
    const recording = {
      MODELS: {
        head: (key: string) => MODELS.head(key),
        list: (options: R2ListOptions) => MODELS.list(options),
        delete: (key: string) => deleted.push(key),
      },
    };
    await callWith(recording, path("ordered", version), { method: "DELETE" });
    expect(deleted).toEqual([
      manifestKey("ordered", version),
      signatureKey("ordered", version),
      weightsKey("ordered", version),
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
});
