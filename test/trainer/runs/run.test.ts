import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { encodeSafetensors, type RawTensor } from "../../../shared/package/safetensors.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { NonFiniteError } from "../../../trainer/finite.ts";
import { UserError } from "../../../trainer/error.ts";
import { newRecord } from "../../../trainer/runs/record.ts";
import { Run } from "../../../trainer/runs/run.ts";
import { numbers } from "../../oracles/numbers.ts";
import { decisions } from "../training/decisions.ts";

vi.mock("node:fs/promises", async (original) => {
  const actual = await original<typeof fs>();
  return { ...actual, writeFile: vi.fn(actual.writeFile) };
});

let folder: string;
let run: Run;
const record = newRecord(configSchema.parse({ data: "photos", name: "birds" }), "abc");

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-run-"));
  run = new Run(join(folder, "birds"));
});
afterEach(async () => {
  tf.disposeVariables();
  await rm(folder, { recursive: true });
});

const file = (name: string) => join(run.folder, name);
const CHECKPOINT = "checkpoint.safetensors";

/** Variables as a learner has them; another seed gives other values. */
const variables = (seed: number) =>
  new Map<string, tf.Variable>([
    ["kernel", tf.variable<tf.Rank>(tf.tensor4d(numbers(18, seed), [3, 3, 1, 2]))],
    ["kernel/m", tf.variable<tf.Rank>(tf.tensor4d(numbers(18, seed + 1), [3, 3, 1, 2]))],
    ["scale", tf.variable<tf.Rank>(tf.scalar(seed / 3))],
  ]);
const valuesOf = (state: ReadonlyMap<string, tf.Variable>) =>
  Array.from(state, ([name, variable]) => [name, Array.from(variable.dataSync())]);

describe("a checkpoint", () => {
  it("gives back the step and every value, to the bit", async () => {
    const [saved, restored] = [variables(1), variables(7)];
    await run.save(42, saved);
    expect(await run.restore(restored)).toBe(42);
    expect(valuesOf(restored)).toEqual(valuesOf(saved));
  });

  it("is of step 0 where there is none, and nothing changes", async () => {
    const state = variables(7);
    expect(await run.restore(state)).toBe(0);
    expect(valuesOf(state)).toEqual(valuesOf(variables(7)));
  });

  it("leaks no tensor when saved or restored", async () => {
    const state = variables(1);
    const { numTensors } = tf.memory();
    await run.save(1, state);
    await run.restore(state);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("replaces the one before, and leaves no other file", async () => {
    await run.save(1, variables(1));
    await run.save(2, variables(2));
    expect(await readdir(run.folder)).toEqual([CHECKPOINT]);
    expect(await run.restore(variables(0))).toBe(2);
  });

  it("outlives a later one that cannot be written, which leaves no file", async () => {
    await run.save(1, variables(1));
    vi.mocked(writeFile).mockImplementationOnce(async (path, data) => {
      const half = z.instanceof(Uint8Array).parse(data).subarray(0, 99);
      await appendFile(z.string().parse(path), half, { flag: "w" });
      throw new Error("no space left on the device");
    });
    await expect(run.save(2, variables(2))).rejects.toThrow("no space left");
    expect(await readdir(run.folder)).toEqual([CHECKPOINT]);
    const restored = variables(0);
    expect(await run.restore(restored)).toBe(1);
    expect(valuesOf(restored)).toEqual(valuesOf(variables(1)));
  });

  it.each([NaN, Infinity])("is not replaced by one that holds %f", async (value) => {
    await run.save(1, variables(1));
    const kept = await readFile(file(CHECKPOINT));
    const diverged = variables(2).set("scale", tf.variable<tf.Rank>(tf.scalar(value)));
    await expect(run.save(2, diverged)).rejects.toThrow(NonFiniteError);
    await expect(run.save(2, diverged)).rejects.toThrow(`the values of "scale" hold ${value}`);
    expect(await readFile(file(CHECKPOINT))).toEqual(kept);
    expect(await readdir(run.folder)).toEqual([CHECKPOINT]);
  });

  it.each([
    ["lacks a variable", ["other", [2]], /has no "other" of shape \[2\]; start a new run/],
    ["has it in another shape", ["scale", [1]], /has no "scale" of shape \[1\]; start a new run/],
  ] as const)("is refused where it %s", async (_, [name, shape], message) => {
    await run.save(1, variables(1));
    const state = variables(1).set(name, tf.variable(tf.zeros([...shape])));
    await expect(run.restore(state)).rejects.toThrow(UserError);
    await expect(run.restore(state)).rejects.toThrow(message);
  });

  it("is refused where it does not say which step it is of", async () => {
    await run.save(1, variables(1));
    const tensors = Array.from(variables(1), ([name, { shape }]): [string, RawTensor] => [
      name,
      { shape, values: new Float32Array(shape.reduce((product, size) => product * size, 1)) },
    ]);
    await writeFile(file(CHECKPOINT), encodeSafetensors(new Map(tensors)));
    await expect(run.restore(variables(0))).rejects.toThrow(
      `${file(CHECKPOINT)} says no step; start a new run (--name)`,
    );
  });

  it.each([
    ["empty", () => Buffer.alloc(0)],
    ["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 4)],
    ["something else", () => Buffer.from("not a checkpoint at all, but words")],
  ])("is refused by its name where it is %s", async (_, damage) => {
    const state = variables(1);
    await run.save(1, state);
    await writeFile(file(CHECKPOINT), damage(await readFile(file(CHECKPOINT))));
    await expect(run.restore(state)).rejects.toThrow(UserError);
    await expect(run.restore(state)).rejects.toThrow(`${file(CHECKPOINT)} is damaged`);
  });
});

describe("a run's record", () => {
  it("is read as it was written", async () => {
    expect(run.exists).toBe(false);
    await run.create(record);
    expect(run.exists).toBe(true);
    expect(await run.record()).toEqual(record);
    expect(await readdir(run.folder)).toEqual(["config.json"]);
  });

  it("is never replaced by that of another run", async () => {
    await run.create(record);
    await expect(run.create({ ...record, fingerprint: "def" })).rejects.toThrow(UserError);
    expect(await run.record()).toEqual(record);
  });

  it("of before pictures could be cut off says that they were stretched", async () => {
    await run.create(record);
    const { fit: _, ...config } = record.config;
    await writeFile(join(run.folder, "config.json"), JSON.stringify({ ...record, config }));
    expect((await run.record()).config.fit).toBe("stretch");
  });

  it("is missing in a sentence", async () => {
    await expect(run.record()).rejects.toThrow(UserError);
    await expect(run.record()).rejects.toThrow(`there is no run in ${run.folder}`);
    const other = new Run(`${run.folder}-other`);
    await other.create(record);
    await expect(run.record()).rejects.toThrow(/; runs there: (.+, )?\S+-other(,|$)/);
  });

  it.each([
    ["is not JSON", "{", /config\.json at the top level: /],
    ["lacks a field", '{"config": {}}', /config\.json at config\.data: /],
    [
      "has a value that does not fit",
      JSON.stringify({ ...record, config: { ...record.config, steps: "many" } }),
      /config\.json at config\.steps: /,
    ],
    [
      "is of a version whose method was called best",
      JSON.stringify({ ...record, config: { ...record.config, method: "best", alpha: 0.5 } }),
      /config\.json at config\.method: .*; another version may have written it: start a new run/,
    ],
    [
      "has a hyperparameter that its method has not",
      JSON.stringify({ ...record, config: { ...record.config, hyperparameters: { alpha: 1 } } }),
      /at config\.hyperparameters: distilled-softmax has no alpha; it has temperature, /,
    ],
  ])("is refused where it %s", async (_, text, message) => {
    await mkdir(run.folder);
    await writeFile(file("config.json"), text);
    await expect(run.record()).rejects.toThrow(UserError);
    await expect(run.record()).rejects.toThrow(message);
  });
});

describe("a run's metrics", () => {
  const log = async () => (await readFile(file("metrics.jsonl"), "utf8")).split("\n");

  beforeEach(async () => {
    await mkdir(run.folder);
    for (const step of [1, 2, 3]) await run.metrics.log({ step, loss: step / 2 });
    await run.metrics.log({ step: 3, heldOut: {} });
  });

  it("are a line each", async () => {
    expect(await log()).toEqual([
      '{"step":1,"loss":0.5}',
      '{"step":2,"loss":1}',
      '{"step":3,"loss":1.5}',
      '{"step":3,"heldOut":{}}',
      "",
    ]);
  });

  it("lose the steps after the one that is resumed from, and go on", async () => {
    await run.metrics.truncate(2);
    await run.metrics.log({ step: 3, loss: 9 });
    expect(await log()).toEqual([
      '{"step":1,"loss":0.5}',
      '{"step":2,"loss":1}',
      '{"step":3,"loss":9}',
      "",
    ]);
  });

  it("lose a last line that was cut off when the process was killed", async () => {
    await writeFile(file("metrics.jsonl"), '{"step":1,"loss":0.5}\n{"step":2,"lo');
    await run.metrics.truncate(2);
    expect(await log()).toEqual(['{"step":1,"loss":0.5}', ""]);
  });

  it("need not be there", async () => {
    await rm(file("metrics.jsonl"));
    await run.metrics.truncate(2);
    expect(await readdir(run.folder)).toEqual([]);
  });
});

/** A line of metrics.jsonl as training writes it. */
const evaluation = (step: number, recallAt1: number) => ({
  step,
  evaluation: {
    recallByD: { "1": recallAt1, "2": 1 },
    recallByS: { "1": 0.5, "2": 1 },
    aucByD: 0.9,
    aucByS: 0.8,
    spread: { distance: 1.3, score: 0.4 },
  },
  collapse: null,
});

describe("a run's evaluations", () => {
  beforeEach(() => mkdir(run.folder));

  it("are read from among the steps, in order", async () => {
    await run.metrics.log({ step: 1, loss: 2 });
    await run.metrics.log(evaluation(2, 0.25));
    await run.metrics.log({ step: 3, loss: 1 });
    await run.metrics.log({ ...evaluation(4, 0.5), collapse: "COLLAPSED" });
    await appendFile(file("metrics.jsonl"), '{"step":5,"eval');
    expect(await run.metrics.evaluations()).toEqual([
      evaluation(2, 0.25),
      { ...evaluation(4, 0.5), collapse: "COLLAPSED" },
    ]);
  });

  it("are none where nothing was logged", async () => {
    expect(await run.metrics.evaluations()).toEqual([]);
  });
});

describe("the best weights of a run", () => {
  it("are kept beside the checkpoint, to the bit", async () => {
    await run.saveBest(10, variables(3));
    await run.save(20, variables(1));
    expect((await readdir(run.folder)).sort()).toEqual(["best.safetensors", CHECKPOINT]);
    const restored = variables(7);
    expect(await run.restoreBest(restored)).toBe(10);
    expect(valuesOf(restored)).toEqual(valuesOf(variables(3)));
    expect(await run.restore(restored)).toBe(20);
    expect(valuesOf(restored)).toEqual(valuesOf(variables(1)));
  });

  it("change nothing where there are none", async () => {
    const state = variables(7);
    expect(await run.restoreBest(state)).toBe(0);
    expect(valuesOf(state)).toEqual(valuesOf(variables(7)));
  });
});

describe("what a run ended with", () => {
  it("has what was decided of it beside it", async () => {
    const path = join(run.folder, "decisions.json");
    await expect(run.decisions()).rejects.toThrow(`${path} is missing or damaged`);
    await run.saveResult(10, variables(3), decisions);
    expect(await run.decisions()).toEqual(decisions);
    await writeFile(path, JSON.stringify({ calibration: decisions.calibration }));
    await expect(run.decisions()).rejects.toThrow(UserError);
  });

  it("is kept beside the checkpoint, and says that the run is done", async () => {
    await run.save(20, variables(1));
    expect(run.isDone).toBe(false);
    await run.saveResult(10, variables(3), decisions);
    expect(run.isDone).toBe(true);
    const restored = variables(7);
    expect(await run.restoreResult(restored)).toBe(10);
    expect(valuesOf(restored)).toEqual(valuesOf(variables(3)));
    expect(await run.restore(restored)).toBe(20);
  });
});
