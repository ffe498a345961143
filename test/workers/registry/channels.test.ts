import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import { moveChannel, readChannel } from "../../../workers/registry/channels.ts";
import { channelKey, manifestKey, weightsKey } from "../../../workers/storage/layout.ts";
import { answerOf, bindings, call, post, promote, publishTiny, refusalOf } from "./client.ts";

const { MODELS } = bindings;

beforeEach(reset);

const MISSING = "0123456789abcdef";

const rollback = (name: string, body: unknown = {}) => post(`/models/${name}/rollback`, body);

const remove = (name: string, version: string) =>
  call(`/models/${name}/${version}`, { method: "DELETE" });

/** Publishes one version per seed and promotes them in this order. */
async function promoteTiny(name: string, seeds: number[]): Promise<string[]> {
  const versions = await publishTiny(name, seeds);
  for (const version of versions) await answerOf(await promote(name, { version }));
  return versions;
}

describe("POST /models/<name>/promote", () => {
  it("creates the channel, by default stable", async () => {
    const [version] = await publishTiny("first", [1]);
    const answer = await answerOf(await promote("first", { version }));
    expect(answer).toMatchObject({ name: "first", channel: "stable", version, history: [] });
    const pointer = await MODELS.get(channelKey("first", "stable"));
    expect(await pointer?.json()).toEqual({
      version,
      history: [],
      updated: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
  });

  it("moves only the named channel", async () => {
    const [one, two] = await publishTiny("named", [1, 2]);
    await promote("named", { version: one });
    await answerOf(await promote("named", { version: two, channel: "beta" }));
    expect(await readChannel(MODELS, { name: "named", channel: "stable" })).toMatchObject({
      version: one,
    });
    expect(await readChannel(MODELS, { name: "named", channel: "beta" })).toMatchObject({
      version: two,
      history: [],
    });
  });

  it("adds the earlier versions to the history, the latest first", async () => {
    const [one, two, three] = await promoteTiny("history", [1, 2, 3]);
    expect(await readChannel(MODELS, { name: "history", channel: "stable" })).toMatchObject({
      version: three,
      history: [two, one],
    });
  });

  it("moves a channel only from the version that is named, if one is", async () => {
    const [one, two] = await publishTiny("swapped", [1, 2]);
    await answerOf(await promote("swapped", { version: one, from: null }));
    const again = await promote("swapped", { version: two, from: null });
    expect(await refusalOf(again)).toMatchObject({
      code: "conflict",
      message: `channel "stable" of "swapped" serves version ${one}, not none, as it did`,
    });
    expect((await promote("swapped", { version: two, from: two })).status).toBe(409);
    await answerOf(await promote("swapped", { version: two, from: one }));
    // A repeated request, whose answer was lost.
    await answerOf(await promote("swapped", { version: two, from: one }));
    expect(await readChannel(MODELS, { name: "swapped", channel: "stable" })).toMatchObject({
      version: two,
      history: [one],
    });
  });

  it("keeps the latest 100 versions of the history", async () => {
    const [one, two] = await promoteTiny("long", [1, 2]);
    const channel = { name: "long", channel: "stable" };
    const full = [...Array.from({ length: 99 }, () => one), MISSING];
    const before = await readChannel(MODELS, channel);
    await moveChannel(MODELS, channel, before, { version: two, history: full });
    await answerOf(await promote("long", { version: one }));
    const after = await readChannel(MODELS, channel);
    expect(after?.history).toEqual([two, ...full.slice(0, 99)]);
  });

  it("does not change a channel that already serves the version", async () => {
    const [one, two] = await promoteTiny("again", [1, 2]);
    const before = await MODELS.head(channelKey("again", "stable"));
    expect(await answerOf(await promote("again", { version: two }))).toMatchObject({
      version: two,
      history: [one],
    });
    const after = await MODELS.head(channelKey("again", "stable"));
    expect(after?.version).toBe(before?.version);
  });

  it.each([
    ["was never published", undefined],
    ["lacks its manifest", manifestKey],
    ["lacks its weights", weightsKey],
  ])("refuses a version that %s", async (_, key) => {
    const [version] = key ? await publishTiny("lacking", [1]) : [MISSING];
    if (key) await MODELS.delete(key("lacking", version));
    const refusal = await refusalOf(await promote("lacking", { version }));
    expect(refusal).toMatchObject({ status: 404, code: "unknown_model", param: "version" });
    expect(await MODELS.head(channelKey("lacking", "stable"))).toBeNull();
  });

  it.each([
    [{}, "version"],
    [{ version: "latest" }, "version"],
    [{ version: MISSING, channel: "../x" }, "channel"],
    [{ version: MISSING, force: true }, "force"],
    [[], null],
  ])("refuses the body %j", async (body, param) => {
    const refusal = await refusalOf(await post("/models/tiny/promote", body));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_request", param });
  });
});

describe("two simultaneous moves", () => {
  it.each([
    ["a channel that does not exist yet", []],
    ["a channel that exists", [1]],
  ])("of %s: the later one is refused and changes nothing", async (_, promoted) => {
    const name = `race-${promoted.length}`;
    await promoteTiny(name, promoted);
    const [two, three] = await publishTiny(name, [2, 3]);
    const id = { name, channel: "stable" };
    const read = await readChannel(MODELS, id);
    const move = (version: string) => moveChannel(MODELS, id, read, { version, history: [] });
    await move(two);
    await expect(move(three)).rejects.toMatchObject({ status: 409, code: "conflict" });
    expect(await readChannel(MODELS, id)).toMatchObject({ version: two });
  });

  it("answers one promotion with 200 and the other with 409", async () => {
    const [one] = await promoteTiny("both", [1]);
    const [two, three] = await publishTiny("both", [2, 3]);
    // Neither may write before both have read.
    const bothHaveRead = barrier(2);
    const slow = {
      MODELS: {
        head: (key: string) => MODELS.head(key),
        get: async (key: string) => {
          const object = await MODELS.get(key);
          await bothHaveRead();
          return object;
        },
        put: (key: string, text: string, options: R2PutOptions) => MODELS.put(key, text, options),
      },
    };
    const responses = await Promise.all(
      [two, three].map((version) => post("/models/both/promote", { version }, slow)),
    );
    const statuses = responses.map(({ status }) => status);
    expect([...statuses].sort()).toEqual([200, 409]);
    const lost = await refusalOf(responses[statuses.indexOf(409)]);
    expect(lost).toMatchObject({ code: "conflict" });
    expect(lost.message).toContain("try again");
    expect(await readChannel(MODELS, { name: "both", channel: "stable" })).toMatchObject({
      version: [two, three][statuses.indexOf(200)],
      history: [one],
    });
  });
});

/** Makes callers wait until there are `callers` of them. */
function barrier(callers: number): () => Promise<void> {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  let waiting = 0;
  return () => {
    if (++waiting === callers) open();
    return opened;
  };
}

describe("POST /models/<name>/rollback", () => {
  it("goes back version by version, then refuses", async () => {
    const [one, two] = await promoteTiny("back", [1, 2, 3]);
    expect(await answerOf(await rollback("back"))).toMatchObject({
      name: "back",
      channel: "stable",
      version: two,
      history: [one],
    });
    expect(await answerOf(await rollback("back"))).toMatchObject({ version: one, history: [] });
    expect(await refusalOf(await rollback("back"))).toMatchObject({
      status: 409,
      code: "nothing_to_roll_back",
    });
    expect(await readChannel(MODELS, { name: "back", channel: "stable" })).toMatchObject({
      version: one,
    });
  });

  it("needs no body", async () => {
    const [one] = await promoteTiny("bodiless", [1, 2]);
    const response = await call("/models/bodiless/rollback", { method: "POST" });
    expect(await answerOf(response)).toMatchObject({ version: one });
  });

  it("moves only the named channel", async () => {
    const [one, two] = await publishTiny("channels", [1, 2]);
    for (const channel of ["stable", "beta"]) {
      await promote("channels", { version: one, channel });
      await promote("channels", { version: two, channel });
    }
    await answerOf(await rollback("channels", { channel: "beta" }));
    const read = (channel: string) => readChannel(MODELS, { name: "channels", channel });
    expect([await read("stable"), await read("beta")]).toMatchObject([
      { version: two },
      { version: one },
    ]);
  });

  it("skips deleted versions", async () => {
    const [one, two] = await promoteTiny("skipping", [1, 2, 3]);
    await remove("skipping", two);
    expect(await answerOf(await rollback("skipping"))).toMatchObject({ version: one, history: [] });
  });

  it("skips the version that the channel serves", async () => {
    const [one, two] = await promoteTiny("around", [1, 2]);
    await promote("around", { version: one });
    await remove("around", two);
    expect(await refusalOf(await rollback("around"))).toMatchObject({
      status: 409,
      code: "nothing_to_roll_back",
    });
  });

  it("is refused if a promotion comes in between", async () => {
    const [, two] = await promoteTiny("between", [1, 2]);
    const [three] = await publishTiny("between", [3]);
    const id = { name: "between", channel: "stable" };
    const interrupted = {
      MODELS: {
        get: (key: string) => MODELS.get(key),
        head: async (key: string) => {
          const object = await MODELS.head(key);
          if (key.endsWith("manifest.json")) await promote("between", { version: three });
          return object;
        },
        put: (key: string, text: string, options: R2PutOptions) => MODELS.put(key, text, options),
      },
    };
    const response = await post("/models/between/rollback", {}, interrupted);
    expect(await refusalOf(response)).toMatchObject({ status: 409, code: "conflict" });
    const after = await readChannel(MODELS, id);
    expect(after?.version).toBe(three);
    expect(after?.history[0]).toBe(two);
  });

  it.each([
    ["promotion", "stable"],
    ["promotion", "fresh"],
    ["rollback", "stable"],
  ])("a %s of %s is taken back if the version is deleted in between", async (kind, channel) => {
    const name = `gone-${kind}`;
    const [one, two] = await promoteTiny(name, [1, 2]);
    const before = await readChannel(MODELS, { name, channel });
    const goal = kind === "rollback" ? one : (await publishTiny(name, [3]))[0];
    const interrupted = {
      MODELS: {
        get: (key: string) => MODELS.get(key),
        head: (key: string) => MODELS.head(key),
        delete: (key: string) => MODELS.delete(key),
        put: async (key: string, text: string, options: R2PutOptions) => {
          await remove(name, goal);
          return MODELS.put(key, text, options);
        },
      },
    };
    const body = kind === "rollback" ? { channel } : { channel, version: goal };
    const verb = kind === "rollback" ? "rollback" : "promote";
    const response = await post(`/models/${name}/${verb}`, body, interrupted);
    const refusal = await refusalOf(response);
    expect(refusal).toMatchObject({ status: 409, code: "conflict" });
    expect(refusal.message).toContain(goal);
    const after = await readChannel(MODELS, { name, channel });
    expect(after?.version).toBe(channel === "fresh" ? undefined : two);
    expect(after?.history).toEqual(before?.history);
  });

  it("answers 404 for a channel without a promotion", async () => {
    await promoteTiny("unpromoted", [1]);
    const refusal = await refusalOf(await rollback("unpromoted", { channel: "beta" }));
    expect(refusal).toMatchObject({ status: 404, code: "unknown_channel", param: "channel" });
  });

  it("refuses a broken pointer, until a promotion repairs it", async () => {
    const [one, two] = await promoteTiny("crooked", [1, 2]);
    const key = channelKey("crooked", "stable");
    await MODELS.put(key, JSON.stringify({ version: two, history: "none" }));
    const refusal = await refusalOf(await rollback("crooked"));
    expect(refusal).toMatchObject({ status: 409, code: "broken_channel" });
    expect(refusal.message).toContain(key);
    expect(refusal.message).toContain("promote a version there first");
    await promote("crooked", { version: one });
    await promote("crooked", { version: two });
    expect(await answerOf(await rollback("crooked"))).toMatchObject({ version: one });
  });

  it("refuses an invalid channel", async () => {
    const refusal = await refusalOf(await rollback("tiny", { channel: 1 }));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_request", param: "channel" });
  });
});
