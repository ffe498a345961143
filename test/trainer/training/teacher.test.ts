import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { project, toUnitRows } from "../../../trainer/linear/projection.ts";
import { whitening } from "../../../trainer/linear/whitening.ts";
import { exportLearner } from "../../../trainer/export/learner.ts";
import { backboneFeatures } from "../../../trainer/training/head.ts";
import { type Inputs, PixelInputs } from "../../../trainer/data/inputs/inputs.ts";
import type { Learner } from "../../../trainer/training/learner.ts";
import { METHODS } from "../../../trainer/methods/methods.ts";
import { assemble } from "../../../trainer/networks/assemble.ts";
import { createLearner } from "../../../trainer/training/createLearner.ts";
import { newRecord } from "../../../trainer/runs/record.ts";
import { Run } from "../../../trainer/runs/run.ts";
import { type TrainingContext, train } from "../../../trainer/training/train.ts";
import { dataset } from "../../oracles/dataset.ts";
import { columnMeans, multiply, transpose } from "../../oracles/linear.ts";
import { naiveNormalizedSoftmax, naiveSelfDistillation } from "../../oracles/losses.ts";
import { each, expectClose, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const SIZE = 16;
const data = dataset([5, 5, 5], SIZE, SIZE);
const items = each(15);
const split = { train: items, heldOut: [], test: [], singletons: [] };
const inputs = new PixelInputs(data, "none");
const signal = new AbortController().signal;

const configOf = (changes: object = {}) =>
  configSchema.parse({
    ...{ data: "x", name: "x", network: "mobilenetv2", width: 0.35, size: SIZE, dimensions: 4 },
    ...{ batchNorm: "frozen", head: "whitened", augment: "none", featureLayer: "block2-add" },
    ...{ steps: 4, classesPerBatch: 3, evaluateEvery: 2 },
    ...changes,
  });

async function open(
  changes: object = {},
): Promise<{ learner: Learner; material: TrainingContext }> {
  const config = configOf(changes);
  const body = await assemble(config, () => undefined);
  const material = { body, inputs, data, split };
  return { learner: createLearner(config, material), material };
}

const valuesOf = (state: ReadonlyMap<string, tf.Variable>) =>
  Object.fromEntries(
    Array.from(state, ([name, variable]) => [name, Array.from(variable.dataSync())]),
  );

/** What the head reads, whitened as it was at the start and of length 1. */
async function whitenedStart(): Promise<{ rows: number[][]; c: number }> {
  const { learner, material } = await open();
  const { backbone, trunk, normalization } = material.body;
  if (!backbone) throw new Error("no backbone");
  const features = backboneFeatures({ backbone, trunk, normalization }, inputs, items);
  const c = features.length / items.length;
  const whitened = project(features, whitening(features, data.labels, c));
  learner.dispose();
  return { rows: toRows(toUnitRows(whitened, c), c), c };
}

describe("the teacher of a head", () => {
  it("scores a batch in the whitened features, beside the embeddings", async () => {
    const { learner } = await open();
    const { rows } = await whitenedStart();
    const embedded = learner.embed(inputs, items, data.labels);
    tf.tidy(() => {
      const batch = learner.score(inputs.plain(items), Array.from(data.labels));
      expectClose(batch.features.dataSync(), embedded.embeddings, 1e-4);
      expectClose(batch.teacher?.features.dataSync() ?? [], rows.flat(), 1e-3);
    });
    learner.dispose();
  });

  it("starts its proxies as the means of their classes", async () => {
    const { learner } = await open();
    const { rows } = await whitenedStart();
    const means = each(3).map((label) =>
      columnMeans(rows.filter((_, item) => data.labels[item] === label)),
    );
    expectClose(learner.teacher?.proxies.dataSync() ?? [], means.flat(), 1e-3);
    learner.dispose();
  });

  it("makes the loss one of three parts of the same weight", async () => {
    const { learner } = await open();
    const labels = Array.from(data.labels);
    tf.tidy(() => {
      const batch = learner.score(inputs.plain(items), labels);
      const { metric, embedding } = METHODS["distilled-softmax"].losses(batch, {});
      expect(metric).toBeUndefined();
      const rowsOf = (tensor?: tf.Tensor2D) =>
        toRows(tensor?.dataSync() ?? [], tensor?.shape[1] ?? 1);
      const [student, teacher] = [rowsOf(batch.features), rowsOf(batch.teacher?.features)];
      const cosines = (rows: number[][]) => multiply(rows, transpose(rows));
      const expected =
        naiveNormalizedSoftmax(student, labels, rowsOf(batch.proxies)) +
        naiveNormalizedSoftmax(teacher, labels, rowsOf(batch.teacher?.proxies)) +
        naiveSelfDistillation(cosines(student), cosines(teacher));
      expectClose(embedding?.dataSync() ?? [], [expected], 1e-4);
    });
    learner.dispose();
  });

  it("stays but for its proxies, which learn as fast as the others and do not decay", async () => {
    const { learner, material } = await open();
    const before = valuesOf(learner.state);
    await trainIn(learner, material, configOf());
    const after = valuesOf(learner.state);
    const moved = Object.keys(before).filter((name) => before[name].join() !== after[name].join());
    expect(moved.filter((name) => name.startsWith("teacher/"))).toEqual(["teacher/proxies"]);
    expect(moved).toEqual(expect.arrayContaining(["proxies", "block0-project/kernel"]));
    const group = (name: string) => learner.groups.find((it) => it.name === name);
    expect([...(group("teacher")?.variables.keys() ?? [])]).toEqual(["teacher/proxies"]);
    expect(group("teacher")).toMatchObject({
      learningRate: group("proxies")?.learningRate,
      decay: "none",
    });
    learner.dispose();
  });

  it("is no part of what is exported", async () => {
    const [taught, alone] = [await open(), await open({ method: "proxy-anchor" })];
    const [{ network, tensors }, other] = [taught, alone].map(({ learner }) =>
      exportLearner(learner),
    );
    expect(network).toEqual(other.network);
    expect([...tensors.keys()]).toEqual([...other.tensors.keys()]);
    taught.learner.dispose();
    alone.learner.dispose();
  });

  it.each([
    ["the method has none", { method: "proxy-anchor" }],
    ["the head starts random", { head: "random" }],
    ["the backbone is frozen", { freeze: "backbone" }],
    ["the head is not ours", { network: "small", featureLayer: undefined }],
  ])("is left out where %s", async (_, changes) => {
    const config = configOf(changes);
    const body = await assemble(config, () => undefined);
    const frozen = config.freeze === "backbone" && body.trunk;
    const features = frozen ? body.trunk?.run(data.pixels) : null;
    const read = (of: readonly number[]) =>
      tf.tidy(() => {
        const width = (features?.length ?? 0) / items.length;
        return tf.gather(tf.tensor2d(features ?? [], [items.length, width]), [...of]);
      });
    const material = { body, inputs: frozen ? { plain: read, views: read } : inputs, data, split };
    const learner = createLearner(config, material);
    expect(learner.teacher).toBeNull();
    expect([...learner.state.keys()].filter((name) => name.startsWith("teacher"))).toEqual([]);
    tf.tidy(() => {
      const batch = learner.score(material.inputs.plain(items), Array.from(data.labels));
      expect(batch.teacher).toBeUndefined();
    });
    learner.dispose();
  });

  it("leaves no tensor behind", async () => {
    const { learner, material } = await open();
    const before = tf.memory().numTensors;
    await trainIn(learner, material, configOf());
    expect(tf.memory().numTensors).toBe(before);
    learner.dispose();
  });
});

const nothing = () => undefined;
const events = { onStep: nothing, onEvaluation: nothing, onFinish: nothing };

/** Trains in a folder of its own, which is deleted. */
async function trainIn(
  learner: Learner,
  material: TrainingContext,
  config: ReturnType<typeof configOf>,
) {
  const folder = await mkdtemp(join(tmpdir(), "pddm-teacher-"));
  const run = new Run(join(folder, "x"));
  await run.create(newRecord(config, "fingerprint"));
  await train(run, config, learner, material, events, signal);
  await rm(folder, { recursive: true });
}

describe("a run with a teacher", () => {
  it("ends the same when it is stopped and resumed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pddm-teacher-"));
    const end = async (name: string, stopAt: number | null) => {
      const config = configOf({ head: "refitted" });
      const run = new Run(join(folder, name));
      await run.create(newRecord(config, "fingerprint"));
      if (stopAt !== null) {
        const { learner, material } = await open({ head: "refitted" });
        const stop = new AbortController();
        let steps = 0;
        const views: Inputs["views"] = (of, random) => {
          if (++steps === stopAt) stop.abort();
          return inputs.views(of, random);
        };
        const stopping = { ...material, inputs: { plain: inputs.plain.bind(inputs), views } };
        const { done } = await train(run, config, learner, stopping, events, stop.signal);
        expect(done).toBe(stopAt);
        learner.dispose();
      }
      const { learner, material } = await open({ head: "refitted" });
      const { teacher } = learner;
      // Whatever it has started as, the checkpoint says what it is.
      if (stopAt !== null)
        teacher?.state.forEach(([, it]) => tf.tidy(() => it.assign(tf.zerosLike(it))));
      await train(run, config, learner, material, events, signal);
      const values = valuesOf(learner.state);
      learner.dispose();
      return values;
    };
    expect(await end("halved", 3)).toEqual(await end("whole", null));
    await rm(folder, { recursive: true });
  });
});
