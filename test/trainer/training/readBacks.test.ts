import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { BackendError } from "../../../trainer/backends/error.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { PixelInputs } from "../../../trainer/data/inputs/inputs.ts";
import { METHOD_NAMES } from "../../../trainer/methods/methods.ts";
import { assemble } from "../../../trainer/networks/assemble.ts";
import { createLearner } from "../../../trainer/training/createLearner.ts";
import { newRecord } from "../../../trainer/runs/record.ts";
import { Run } from "../../../trainer/runs/run.ts";
import { train } from "../../../trainer/training/train.ts";
import { dataset } from "../../oracles/dataset.ts";
import { each } from "../../oracles/numbers.ts";

// WebAssembly's gather reads its indices to check them; its tensors are at hand anyway.
const isThere = await openBackend("cuda", () => undefined).then(
  () => true,
  (error: unknown) => {
    if (error instanceof BackendError) return false;
    throw error;
  },
);

const SIZE = 16;
const data = dataset([4, 4, 4, 4], SIZE, SIZE);
const split = { train: Array.from(data.labels.keys()), heldOut: [], test: [], singletons: [] };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-reads-"));
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(!isThere)("a gather that reads nothing", () => {
  const x = each(24).map((i) => (i * 7) % 11);
  const cases: [string, () => tf.Tensor, number[], number][] = [
    ["rows", () => tf.tensor2d(x, [6, 4]), [5, 0, 5], 0],
    ["columns", () => tf.tensor2d(x, [6, 4]), [3, 3, 1], 1],
    ["integers", () => tf.tensor1d(x, "int32"), [23, 0], 0],
    ["truths", () => tf.tidy(() => tf.greater(tf.tensor1d(x), 5)), [1, 9, 23], 0],
  ];

  it.each(cases)(
    "gives the same %s as the cpu backend's, and their gradient",
    async (_, make, at, axis) => {
      const compute = () =>
        tf.tidy(() => {
          const of = make();
          const indices = tf.tensor1d(at, "int32");
          const gather = (it: tf.Tensor) => tf.gather(it, indices, axis);
          const values = gather(of);
          const slope = of.dtype === "float32" ? tf.grad((it) => tf.square(gather(it)))(of) : of;
          return [values.dtype, values.shape, [...values.dataSync()], [...slope.dataSync()]];
        });
      const backend = tf.getBackend();
      await tf.setBackend("cpu");
      const expected = compute();
      await tf.setBackend(backend);
      const { numTensors } = tf.memory();
      const reads = vi.spyOn(tf.backend(), "readSync");
      expect(compute()).toEqual(expected);
      // What is compared, and nothing more.
      expect(reads).toHaveBeenCalledTimes(2);
      expect(tf.memory().numTensors).toBe(numTensors);
    },
  );
});

describe.skipIf(!isThere)("the steps of a run", () => {
  it.each(METHOD_NAMES)("read nothing of the device but losses, by %s", async (method) => {
    const flags = { data: "x", name: method, method, size: SIZE, dimensions: 8, hidden: 4 };
    const config = configSchema.parse({ ...flags, classesPerBatch: 4, steps: 4 });
    const inputs = new PixelInputs(data, "shift");
    const material = { body: await assemble(config, () => undefined), inputs, data, split };
    const learner = createLearner(config, material);
    const run = new Run(join(folder, method));
    await run.create(newRecord(config, "fingerprint"));
    const reads = vi.spyOn(tf.backend(), "readSync");
    const told: number[] = [];
    const onStep = (step: number) => {
      if (told.length === 0) expect(reads).toHaveBeenCalledTimes(1);
      told.push(step);
    };
    const events = { onStep, onEvaluation: () => undefined, onFinish: () => undefined };
    await train(run, config, learner, material, events, new AbortController().signal);
    expect(told).toEqual([1, 2, 3, 4]);
    // The evaluation reads.
    expect(reads.mock.calls.length).toBeGreaterThan(1);
    learner.dispose();
  });
});
