import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LONGEST_WAIT_MS } from "../../../workers/registry/boundedBucket.ts";
import { Dataset } from "../../../workers/registry/datasets/dataset.ts";
import { tinyPackage } from "../tinyPackage.ts";
import { answerOf, call, callWith, packageForm, refusalOf } from "./client.ts";
import { pushed, push, putShards, shardPath, textOf, tinyDataset } from "./dataset.ts";
import { checkpointPath, claimed, jobNow, pushTiny, submitted } from "./jobs.ts";

const { MODELS } = env;

beforeEach(reset);
afterEach(() => {
  vi.useRealTimers();
});

type Fault = "throws" | "hangs" | "stores and throws";

/** A bucket of which a method has a fault. @param at the keys where it has */
const faulty = (fault: Fault, method: keyof R2Bucket, at = /./): R2Bucket =>
  new Proxy(MODELS, {
    get(bucket, name) {
      const value: unknown = Reflect.get(bucket, name);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const isFaulty = name === method && at.test(String(args[0]));
        if (isFaulty && fault === "hangs") return new Promise(() => undefined);
        if (isFaulty && fault === "throws") throw new Error("R2 fails (10001)");
        const answer = (await Reflect.apply(value, bucket, args)) as unknown;
        if (isFaulty) throw new Error("R2 fails (10001)");
        return answer;
      };
    },
  });

/** Lets the longest wait pass. */
async function elapse<T>(work: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(LONGEST_WAIT_MS);
  return work;
}

const keys = async (prefix: string) =>
  (await MODELS.list({ prefix })).objects.map(({ key }) => key);

describe("R2 that throws", () => {
  it("while a shard or a version is written leaves neither a version nor a pointer", async () => {
    const set = await tinyDataset();
    const [shard] = set.shards;
    const init = { method: "PUT", body: shard, headers: { "content-length": `${shard.length}` } };
    const path = shardPath("tiny", set.index.shards[0].sha256);
    const putting = { MODELS: faulty("throws", "put") };
    expect(await refusalOf(await callWith(putting, path, init))).toMatchObject({
      ...{ status: 500, code: "internal_error" },
    });
    await putShards(set);
    for (const method of ["createMultipartUpload", "list", "head"] as const) {
      const changed = { MODELS: faulty("throws", method) };
      expect((await push(textOf(set), { changed })).status).toBe(500);
    }
    expect(await keys("datasets/tiny/versions/")).toEqual([]);
    expect(await keys("datasets/tiny/latest.json")).toEqual([]);
    expect(await pushed(set)).toMatch(/^[0-9a-f]{16}$/);
  });

  it("while a version is committed leaves no pointer to what is not there", async () => {
    const set = await tinyDataset();
    const version = await pushed(set);
    await MODELS.delete(await keys("datasets/tiny/versions/"));
    await MODELS.delete("datasets/tiny/latest.json");
    const stub = env.DATASETS.get(env.DATASETS.idFromName("of a test"));
    await runInDurableObject(stub, async (_, state) => {
      const broken = new Dataset(state, { ...env, MODELS: faulty("throws", "put", /versions/) });
      await expect(broken.commit(version, set.index)).rejects.toThrow("R2 fails");
      expect(await keys("datasets/tiny/latest.json")).toEqual([]);
      const whole = new Dataset(state, env);
      expect(await whole.commit(version, set.index)).toBe("new");
    });
    await MODELS.delete(await keys("datasets/tiny/shards/"));
    await runInDurableObject(stub, async (_, state) => {
      await MODELS.delete(await keys("datasets/tiny/versions/"));
      expect(await new Dataset(state, env).commit(version, set.index)).toBe("missing");
    });
  });

  it.each<Fault>(["throws", "stores and throws"])(
    "at a checkpoint (it %s) keeps the one before, and nothing after the job",
    async (fault) => {
      const { id } = await submitted(await pushTiny());
      await claimed();
      const put = async (step: number, text: string, changed: object = {}) =>
        callWith({ ...changed }, await checkpointPath(id, 1, step, text), {
          ...{ method: "PUT", body: text, headers: { "content-length": `${text.length}` } },
        });
      await answerOf(await put(10, "ten"));
      const refusal = await refusalOf(await put(20, "twenty", { MODELS: faulty(fault, "put") }));
      expect(refusal).toMatchObject({ status: 500, code: "internal_error" });
      expect((await jobNow(id)).checkpointStep).toBe(10);
      const read = () => call(`/jobs/${id}/checkpoint?token=1`);
      expect(await (await read()).text()).toBe("ten");
      // The new one is noted; that the one before cannot be deleted must not take it away.
      await answerOf(await put(30, "thirty", { MODELS: faulty("throws", "delete") }));
      expect(await (await read()).text()).toBe("thirty");
      const end = { token: 1, error: { message: "over", log: [] }, retry: false };
      await answerOf(
        await call(`/jobs/${id}/fail`, {
          ...{ method: "POST", body: JSON.stringify(end) },
          headers: { "content-type": "application/json" },
        }),
      );
      await expect.poll(() => keys("jobs/")).toEqual([]);
    },
  );

  it("while a package is published serves nothing of it", async () => {
    const body = packageForm(await tinyPackage());
    const changed = { MODELS: faulty("throws", "put") };
    const response = await callWith(changed, "/models/tiny", { method: "POST", body });
    expect(await refusalOf(response)).toMatchObject({ status: 500, code: "internal_error" });
    expect(await keys("models/")).toEqual([]);
  });
});

describe("R2 that does not answer", () => {
  it.each([
    ["GET", "/datasets/tiny", "list"],
    ["GET", "/datasets/tiny/0123456789abcdef", "get"],
    ["GET", `/datasets/tiny/shards/${"0".repeat(64)}`, "get"],
    ["PUT", `/datasets/tiny/shards/${"0".repeat(64)}`, "head"],
    ["GET", "/models", "list"],
    ["GET", "/models/tiny", "list"],
  ] as const)("is given up: %s %s, where %s hangs", async (method, path, hanging) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const init = method === "PUT" ? { body: "x", headers: { "content-length": "1" } } : {};
    const changed = { MODELS: faulty("hangs", hanging) };
    const response = await elapse(callWith(changed, path, { method, ...init }));
    expect(await refusalOf(response)).toMatchObject({
      ...{ status: 503, code: "storage_unavailable" },
      message: "R2 did not answer for 30 seconds; try again",
    });
  });

  it("does not hold up the next who changes the data set", async () => {
    const set = await tinyDataset();
    const version = await pushed(set);
    const stub = env.DATASETS.get(env.DATASETS.idFromName("of a test"));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await runInDurableObject(stub, async (_, state) => {
      let hangs = true;
      const hanging = faulty("hangs", "get");
      const sometimes = new Proxy(MODELS, {
        get: (bucket, name) => {
          const value: unknown = Reflect.get(hangs ? hanging : bucket, name);
          return typeof value === "function" ? (value.bind(bucket) as unknown) : value;
        },
      });
      const dataset = new Dataset(state, { ...env, MODELS: sometimes });
      const first = expect(dataset.commit(version, set.index)).rejects.toThrow("R2 did not answer");
      await elapse(first);
      hangs = false;
      expect(await dataset.commit(version, set.index)).toBe("known");
    });
  });
});
