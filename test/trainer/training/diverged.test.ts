import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { openBackend } from "../../../trainer/backends/open.ts";
import { PixelInputs } from "../../../trainer/data/inputs/inputs.ts";
import type { MethodName } from "../../../trainer/methods/methods.ts";
import { assemble } from "../../../trainer/networks/assemble.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { createLearner } from "../../../trainer/training/createLearner.ts";
import { newRecord } from "../../../trainer/runs/record.ts";
import { Run } from "../../../trainer/runs/run.ts";
import { DivergedError } from "../../../trainer/training/diverged.ts";
import { train } from "../../../trainer/training/train.ts";
import { dataset } from "../../oracles/dataset.ts";

const SIZE = 16;
const data = dataset([4, 4, 4, 4], SIZE, SIZE);
const split = { train: Array.from(data.labels.keys()), heldOut: [], test: [], singletons: [] };
const inputs = new PixelInputs(data, "shift");

let folder: string;
beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  folder = await mkdtemp(join(tmpdir(), "pddm-diverged-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Trains a run of 20 steps, from where it stands, up to a step. */
async function trainTo(last: number, name: string, flags: object): Promise<void> {
  const sizes = { size: SIZE, dimensions: 8, hidden: 4, classesPerBatch: 4, evaluateEvery: 3 };
  const config = configSchema.parse({ data: "x", name, steps: 20, ...sizes, ...flags });
  const material = { body: await assemble(config, () => undefined), inputs, data, split };
  const learner = createLearner(config, material);
  const run = new Run(join(folder, name));
  if (!run.exists) await run.create(newRecord(config, "fingerprint"));
  const stop = new AbortController();
  const onStep = (step: number) => {
    if (step >= last) stop.abort();
  };
  const onEvaluation = (step: number) => {
    if (step >= last) stop.abort();
  };
  const events = { onStep, onEvaluation, onFinish: () => undefined };
  try {
    await train(run, config, learner, material, events, stop.signal);
  } finally {
    learner.dispose();
  }
}

const lineSchema = z.strictObject({ step: z.number(), diverged: z.string() });
const methods: MethodName[] = ["distilled-softmax", "pddm-quadruplet", "triplet-semihard"];

describe("a run that diverges", () => {
  it.each(methods)("stops at that step and keeps its last checkpoint, by %s", async (method) => {
    const path = join(folder, method);
    await trainTo(3, method, { method });
    const kept = await readFile(join(path, "checkpoint.safetensors"));

    const diverging = trainTo(20, method, { method, learningRate: 1e36 });
    await expect(diverging).rejects.toThrow(DivergedError);
    const lines = (await readFile(join(path, "metrics.jsonl"), "utf8")).trimEnd().split("\n");
    const { diverged } = lineSchema.parse(JSON.parse(lines.at(-1) ?? ""));
    expect(diverged).toMatch(
      /^DIVERGED at step \d+: the [a-z ]+ are no longer finite\. The checkpoint of step 3 is kept\. Start a new run \(--name\) with a smaller --learning-rate \(now 1e\+36\), or another --method\.$/,
    );
    expect(await readFile(join(path, "checkpoint.safetensors"))).toEqual(kept);
    expect((await readdir(path)).sort()).toEqual([
      "checkpoint.safetensors",
      "config.json",
      "metrics.jsonl",
    ]);
  });

  it("says that there is no checkpoint where it comes to none", async () => {
    const diverging = trainTo(20, "none", { learningRate: 1e38, headRate: 2 });
    await expect(diverging).rejects.toThrow(
      "DIVERGED at step 1: the weights are no longer finite. No checkpoint was saved. " +
        "Start a new run (--name) with a smaller --learning-rate (now 1e+38) or --head-rate (now 2), or another --method.",
    );
    expect(await readdir(join(folder, "none"))).toEqual(["config.json", "metrics.jsonl"]);
  });

  it("leaves no tensor behind", async () => {
    const { numTensors } = tf.memory();
    await expect(trainTo(20, "leak", { learningRate: 1e38 })).rejects.toThrow(DivergedError);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
