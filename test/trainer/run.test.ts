import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openBackend } from "../../trainer/backends/open.ts";
import { configSchema } from "../../trainer/config.ts";
import { UserError } from "../../trainer/error.ts";
import { newRecord, Run } from "../../trainer/run.ts";
import { numbers } from "../oracles/numbers.ts";

const config = configSchema.parse({ data: "somewhere", name: "a-run" });

let parent: string;
let run: Run;

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "run-"));
  run = new Run(join(parent, "a-run"));
});

afterEach(async () => {
  await rm(parent, { recursive: true });
});

const state = (seed: number) =>
  new Map<string, tf.Variable>([
    ["kernel", tf.variable<tf.Rank>(tf.tensor2d(numbers(600, seed), [20, 30]))],
    ["bias", tf.variable<tf.Rank>(tf.tensor1d(numbers(3, seed + 1)))],
  ]);

describe("a run's folder", () => {
  it("keeps what the run was started with", async () => {
    expect(run.exists).toBe(false);
    const record = newRecord(config, "f".repeat(64));
    await run.create(record);
    expect(run.exists).toBe(true);
    expect(await run.record()).toEqual(record);
  });

  it("is not made twice, nor read where it is not, nor read when it does not fit", async () => {
    await expect(run.record()).rejects.toThrow(UserError);
    await run.create(newRecord(config, "f"));
    await expect(run.create(newRecord(config, "f"))).rejects.toThrow("holds a run already");
    await writeFile(join(run.folder, "config.json"), '{"config": {}}');
    await expect(run.record()).rejects.toThrow(UserError);
    await expect(run.record()).rejects.toThrow("config.data");
  });

  it("gives back the exact state of the last checkpoint, and its step", async () => {
    const saved = state(1);
    expect(await run.restore(saved)).toBe(0);
    await run.save(5, state(7));
    await run.save(17, saved);
    const restored = state(50);
    const { numTensors } = tf.memory();
    expect(await run.restore(restored)).toBe(17);
    expect(tf.memory().numTensors).toBe(numTensors);
    for (const [name, variable] of saved) {
      expect(restored.get(name)?.dataSync()).toEqual(variable.dataSync());
    }
  });

  it("refuses a checkpoint of another network, naming what it lacks", async () => {
    await run.save(1, state(1));
    const wider = new Map<string, tf.Variable>([
      ["bias", tf.variable<tf.Rank>(tf.tensor1d([1, 2, 3, 4]))],
    ]);
    await expect(run.restore(wider)).rejects.toThrow(UserError);
    await expect(run.restore(wider)).rejects.toThrow('no "bias" of shape [4]');
  });

  it("forgets the metrics of steps that will be gone through again", async () => {
    await run.create(newRecord(config, "f"));
    await run.truncateLog(3);
    for (const step of [1, 2, 3, 4, 5]) await run.log({ step, loss: step / 2 });
    await run.truncateLog(3);
    await run.log({ step: 4, loss: 9 });
    const lines = (await readFile(join(run.folder, "metrics.jsonl"), "utf8")).trimEnd().split("\n");
    const losses = lines.map((line) => (JSON.parse(line) as { loss: number }).loss);
    expect(losses).toEqual([0.5, 1, 1.5, 9]);
  });
});
