import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { channelKey, manifestKey } from "../../../workers/storage/layout.ts";
import { tinyPackage } from "../tinyPackage.ts";
import {
  answerOf,
  bindings,
  call,
  callWith,
  promote,
  publish,
  publishTiny,
  refusalOf,
} from "./client.ts";
import { manifestOf, reseal } from "./reseal.ts";

const { MODELS } = bindings;

beforeEach(reset);

/** The bucket with pages of two, so that lists have several. */
const smallPages = {
  MODELS: {
    get: (key: string) => MODELS.get(key),
    list: (options: R2ListOptions) => MODELS.list({ ...options, limit: 2 }),
  },
};

const ofVersion = z.object({ version: z.string() });
const modelSchema = z.object({
  versions: z.array(ofVersion),
  channels: z.record(z.string(), ofVersion),
});

describe("GET /models", () => {
  it("lists nothing for an empty bucket", async () => {
    expect(await answerOf(await call("/models"))).toEqual({ models: [] });
  });

  it("lists every model with its channels", async () => {
    const [one, two] = await publishTiny("served", [1, 2]);
    await publishTiny("unserved", [1]);
    await promote("served", { version: one });
    await promote("served", { version: two });
    await promote("served", { version: one, channel: "beta" });
    const updated = expect.any(String) as string;
    expect(await answerOf(await call("/models"))).toEqual({
      models: [
        {
          name: "served",
          channels: {
            beta: { version: one, history: [], updated },
            stable: { version: two, history: [one], updated },
          },
          unreadable: [],
        },
        { name: "unserved", channels: {}, unreadable: [] },
      ],
    });
  });

  it("reads every page of the bucket's list", async () => {
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) await publishTiny(name, [1]);
    const models = names.map((name) => ({ name, channels: {}, unreadable: [] }));
    expect(await answerOf(await callWith(smallPages, "/models"))).toEqual({ models });
  });
});

describe("GET /models/<name>", () => {
  it("describes each version from its manifest", async () => {
    const files = await tinyPackage({ name: "told" });
    const { version, weights } = manifestOf(files);
    await publishTiny("told", [1]);
    await promote("told", { version });
    const updated = expect.any(String) as string;
    const told = {
      version,
      created: "2026-01-02T03:04:05Z",
      bytes: weights.bytes,
      dimensions: 6,
      recall: { "1": 0.25 },
    };
    expect(await answerOf(await call("/models/told"))).toEqual({
      name: "told",
      versions: [told],
      channels: { stable: { version, history: [], updated } },
      unreadable: [],
    });
    expect(await answerOf(await call(`/models/told/${version}`))).toEqual({
      name: "told",
      ...told,
    });
  });

  it("reads every page of versions and channels", async () => {
    const versions = await publishTiny("paged", [1, 2, 3, 4, 5]);
    for (const [i, version] of versions.entries()) {
      await promote("paged", { version, channel: `channel-${i}` });
    }
    const answer = modelSchema.parse(await answerOf(await callWith(smallPages, "/models/paged")));
    expect(answer.versions.map(({ version }) => version).sort()).toEqual(versions.toSorted());
    expect(Object.values(answer.channels).map(({ version }) => version)).toEqual(versions);
  });

  it("lists the newest version first", async () => {
    const files = await tinyPackage({ name: "dated" });
    const dates = ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-01T00:00:00Z"];
    for (const created of dates) {
      const manifest = JSON.stringify({ ...manifestOf(files), created });
      await publish("dated", await reseal({ ...files, manifest }, files.weights));
    }
    expect(await answerOf(await call("/models/dated"))).toMatchObject({
      versions: dates
        .toSorted()
        .reverse()
        .map((created) => ({ created })),
    });
  });

  it("leaves out a version without a manifest", async () => {
    const [one, two] = await publishTiny("partial", [1, 2]);
    await MODELS.delete(manifestKey("partial", one));
    const answer = await answerOf(await call("/models/partial"));
    expect(answer).toMatchObject({ versions: [{ version: two }] });
    expect(await refusalOf(await call(`/models/partial/${one}`))).toMatchObject({ status: 404 });
  });

  it("lists what is readable, and names a broken manifest and a broken pointer", async () => {
    const [one, two, three] = await publishTiny("torn", [1, 2, 3]);
    await promote("torn", { version: one });
    await promote("torn", { version: two, channel: "beta" });
    const [manifest, pointer] = [manifestKey("torn", two), channelKey("torn", "beta")];
    await MODELS.put(manifest, "{");
    await MODELS.put(pointer, '{"version": "next"}');
    const answer = await answerOf(await call("/models/torn"));
    const { versions, channels } = modelSchema.parse(answer);
    expect(versions.map(({ version }) => version).sort()).toEqual([one, three].sort());
    expect(Object.keys(channels)).toEqual(["stable"]);
    expect(answer).toMatchObject({
      unreadable: [
        { key: manifest, problem: expect.stringContaining("not JSON") as string },
        { key: pointer, problem: expect.stringContaining("16 hex digits") as string },
      ],
    });
    expect(await answerOf(await call("/models"))).toMatchObject({
      models: [
        { name: "torn", channels: { stable: { version: one } }, unreadable: [{ key: pointer }] },
      ],
    });
  });

  it("lists a model with nothing readable", async () => {
    const [version] = await publishTiny("ruin", [1]);
    const key = manifestKey("ruin", version);
    await MODELS.put(key, "{");
    expect(await answerOf(await call("/models/ruin"))).toMatchObject({
      versions: [],
      unreadable: [{ key }],
    });
    expect(await answerOf(await call("/models"))).toMatchObject({ models: [{ name: "ruin" }] });
  });

  it("fails if R2 fails, and calls no object unreadable", async () => {
    const [version] = await publishTiny("away", [1]);
    const get = () => Promise.reject(new Error("R2 is away"));
    const broken = { list: MODELS.list.bind(MODELS), get };
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect((await callWith({ MODELS: broken }, "/models/away")).status).toBe(500);
    log.mockRestore();
    expect(await answerOf(await call("/models/away"))).toMatchObject({ versions: [{ version }] });
  });

  it("answers 404 for an unknown model", async () => {
    const refusal = await refusalOf(await call("/models/nobody"));
    expect(refusal).toMatchObject({ status: 404, code: "unknown_model", param: "name" });
  });
});
