import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Model } from "../../../shared/model.ts";
import { l2Normalize, normalizePixels } from "../../../shared/normalize.ts";
import { decodePackage, encodePackage } from "../../../shared/package/codec.ts";
import { TRANSFORMS } from "../../../trainer/data/transforms/transforms.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import type { Scorer } from "../../../trainer/evaluate/scorer.ts";
import { evaluate } from "../../../trainer/evaluate/evaluate.ts";
import { exportLearner } from "../../../trainer/export/learner.ts";
import { CachedInputs, type Inputs, PixelInputs } from "../../../trainer/data/inputs/inputs.ts";
import { Learner } from "../../../trainer/training/learner.ts";
import { METHODS, type MethodName } from "../../../trainer/methods/methods.ts";
import { assemble } from "../../../trainer/networks/assemble.ts";
import { objective } from "../../../trainer/training/objective.ts";
import { AdamW } from "../../../trainer/training/optimizer.ts";
import { decays, variablesOf } from "../../../trainer/training/parameterGroups.ts";
import { dataset } from "../../oracles/dataset.ts";
import { NORMALIZATION } from "../../oracles/normalization.ts";
import { each, expectClose } from "../../oracles/numbers.ts";
import { content } from "../../oracles/package.ts";
import { disturb } from "../export/same.ts";

const SIZE = 16;
const D = 8;
const data = dataset([4, 4, 4, 4], SIZE, SIZE);
/** Across the data set's classes, so that there is something left to learn. */
const labels = each(16).map((item) => item % 4);
const COUNTS = { trainClasses: 4, trainImages: 16 };
const pixels = new PixelInputs(data, "none");

const BASE = { data: "x", name: "x", size: SIZE, dimensions: D, hidden: 4 };

const configOf = (changes: object) =>
  configSchema.parse({ ...BASE, normalization: NORMALIZATION, ...changes });

async function learnerOf(changes: object): Promise<Learner> {
  const config = configOf(changes);
  return new Learner(await assemble(config, () => undefined), config, COUNTS);
}

let learner: Learner;

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  learner = await learnerOf({ method: "pddm-quadruplet" });
});

afterAll(() => {
  learner.dispose();
});

/** A training step on a whole data set, as the training takes it. */
function step(
  { learner, method, inputs }: { learner: Learner; method: MethodName; inputs: Inputs },
  optimizer: AdamW,
  at: number,
  batch: number[],
): number {
  const { value, grads } = tf.variableGrads(() => {
    const scores = learner.score(inputs.plain(each(batch.length)), batch);
    return objective(METHODS[method], scores, {}).total;
  }, learner.trainable);
  optimizer.update(at, () => 1e-3, grads);
  const loss = value.dataSync()[0];
  tf.dispose([value, grads]);
  return loss;
}

function allScores(scorer: Pick<Scorer, "scoreRows">, embeddings: Float32Array): number[] {
  const scores: number[] = [];
  scorer.scoreRows(embeddings, embeddings.length / D, (_, rows) => scores.push(...rows));
  return scores;
}

const valuesOf = (variables: ReadonlyMap<string, tf.Variable>) =>
  new Map(Array.from(variables, ([name, variable]) => [name, Array.from(variable.dataSync())]));

describe("a learner", () => {
  it("gives unit features, the same for one image alone as among others", () => {
    const all = learner.embed(pixels, each(16), data.labels);
    expect(all).toMatchObject({ d: D, labels: Array.from(data.labels) });
    expect(all.embeddings).toHaveLength(16 * D);
    for (const i of each(16)) {
      const row = all.embeddings.subarray(i * D, (i + 1) * D);
      expect(Math.hypot(...row)).toBeCloseTo(1, 5);
      const alone = learner.embed(pixels, [i], data.labels);
      expectClose(alone.embeddings, row, 1e-5);
      expect(alone.labels).toEqual([data.labels[i]]);
    }
  });

  it("embeds more images than a batch holds, in the order that they are asked for", () => {
    const { embeddings } = learner.embed(pixels, each(16), data.labels);
    const items = each(70).map((i) => (7 * i) % 16);
    const expected = items.flatMap((i) => Array.from(embeddings.subarray(i * D, (i + 1) * D)));
    const many = learner.embed(pixels, items, data.labels);
    expectClose(many.embeddings, expected, 1e-5);
    expect(many.labels).toEqual(items.map((item) => data.labels[item]));
  });

  it("starts its residual unit as Euclidean ranking", async () => {
    const residual = await learnerOf({ method: "pddm-residual" });
    const { embeddings } = residual.embed(pixels, each(16), data.labels);
    const squared = (i: number, j: number) =>
      each(D).reduce((sum, k) => sum + (embeddings[i * D + k] - embeddings[j * D + k]) ** 2, 0);
    const [a, b] = [Int32Array.of(0, 3, 9, 5), Int32Array.of(1, 15, 2, 5)];
    const expected = Array.from(a, (i, at) => -squared(i, b[at]));
    expectClose(residual.scorePairs(embeddings, a, b), expected);
    const rows = each(16).flatMap((i) => each(16).map((j) => -squared(i, j)));
    expectClose(allScores(residual, embeddings), rows);
    residual.dispose();
  });

  it("trains no batch-norm statistics", () => {
    const trained = variablesOf(learner.groups);
    const frozen = [...learner.state.keys()].filter((name) => !trained.has(name));
    expect(frozen).toHaveLength(6);
    for (const name of frozen) expect(name).toMatch(/moving_(mean|variance)$/);
  });

  it("trains no weight of the local S, which is fitted", async () => {
    const local = await learnerOf({ method: "distilled-softmax" });
    expect(local.shape).toMatchObject({ form: "local", references: 16, centroids: 4 });
    expect(local.unit).toBeNull();
    const weights = [...local.state.keys()].filter((name) => name.startsWith("pddm/"));
    expect(weights).toHaveLength(4);
    expect(weights.filter((name) => variablesOf(local.groups).has(name))).toEqual([]);
    local.dispose();
  });

  it("repeats for a seed, and differs for another", async () => {
    const of = async (seed: number) => {
      const other = await learnerOf({ seed, method: "pddm-quadruplet" });
      const values = valuesOf(other.state);
      other.dispose();
      return values;
    };
    expect(await of(1)).toEqual(await of(1));
    expect(await of(1)).not.toEqual(await of(2));
  });

  it("has the unit that its method asks for, and proxies where it learns them", async () => {
    expect(learner.shape).toEqual({ form: "published", hidden: 4 });
    expect(learner.unit?.form).toBe("published");
    expect(learner.proxies).toBeUndefined();
    const proxied = await learnerOf({ method: "proxy-anchor" });
    expect(proxied.proxies?.shape).toEqual([4, D]);
    // They start in directions of their own.
    const values = Array.from(proxied.proxies?.dataSync() ?? []);
    expect(new Set(values).size).toBe(4 * D);
    expect(proxied.state.has("proxies")).toBe(true);
    proxied.dispose();
  });

  const whole = { network: "mobilenetv2", width: 0.35, size: 32, batchNorm: "frozen" };
  it.each([
    { method: "proxy-anchor", batchNorm: "trained" },
    { method: "pddm-residual", batchNorm: "trained" },
    { method: "pddm-quadruplet", ...whole },
    { method: "distilled-softmax", ...whole, freeze: "block14" },
  ])("trains every variable by the rate and the decay that its name says: %o", async (changes) => {
    const own = await learnerOf({ ...changes, learningRate: 1e-3, headRate: 5 });
    const trained = own.groups.flatMap((group) =>
      Array.from(group.variables, ([name, variable]) => ({
        name,
        rate: group.learningRate,
        decays: decays(group, variable),
      })),
    );
    const rateOf = (name: string) => {
      if (name.endsWith("proxies")) return 1e-2;
      return /^(pddm|embedding)\//.test(name) ? 5e-3 : 1e-3;
    };
    expect(trained).toEqual(
      trained.map(({ name }) => ({ name, rate: rateOf(name), decays: name.endsWith("kernel") })),
    );
    const still = /moving_|-norm\//;
    const names = [...own.state.keys()].filter(
      (name) => !(changes.batchNorm === "frozen" ? still : /moving_/).test(name),
    );
    const fitted = own.shape.form === "local" ? names.filter((it) => it.startsWith("pddm/")) : [];
    const expected = names.filter((name) => !fitted.includes(name));
    expect(trained.map(({ name }) => name).sort()).toEqual(expected.sort());
    own.dispose();
  });

  it("frees all that it holds", async () => {
    const { numTensors, numDataBuffers } = tf.memory();
    (await learnerOf({ method: "proxy-anchor" })).dispose();
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
  });
});

describe("training steps and evaluation", () => {
  const methods: MethodName[] = [
    "pddm-quadruplet",
    "pddm-score-only",
    "pddm-feature-only",
    "proxy-anchor",
    "distilled-softmax",
  ];
  it.each(methods)("leave no tensor behind, by %s", async (method) => {
    const own = await learnerOf({ method });
    const subject = { learner: own, method, inputs: pixels };
    const before = tf.memory().numTensors;
    const optimizer = new AdamW(own.groups, 1e-3);
    expect(step(subject, optimizer, 1, labels)).toBeGreaterThan(0);
    const { numTensors, numDataBuffers } = tf.memory();
    for (const at of [2, 3]) step(subject, optimizer, at, labels);
    evaluate(own, own.embed(pixels, each(16), data.labels), 1);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
    own.dispose();
  });

  it("go on where a batch holds no positive pair: it trains nothing", () => {
    const optimizer = new AdamW(learner.groups, 0);
    const before = valuesOf(variablesOf(learner.groups));
    expect(step({ learner, method: "quadruplet", inputs: pixels }, optimizer, 1, each(16))).toBe(0);
    expect(valuesOf(variablesOf(learner.groups))).toEqual(before);
    optimizer.dispose();
  });

  it("lower the loss of a batch that is shown again and again", () => {
    const optimizer = new AdamW(learner.groups, 0);
    const subject = { learner, method: "quadruplet", inputs: pixels } as const;
    const losses = each(30).map((i) => step(subject, optimizer, i + 1, labels));
    optimizer.dispose();
    expect(losses[29]).toBeLessThan(0.8 * losses[0]);
  });
});

describe("a network that diverged", () => {
  it("is refused as soon as its features are read", async () => {
    const own = await learnerOf({ method: "quadruplet" });
    // Of the last layer: a ReLU turns NaN into zero.
    const [bias] = own.network.trainableWeights.slice(-1);
    tf.tidy(() => {
      bias.write(tf.fill(bias.shape as number[], NaN));
    });
    const { numTensors } = tf.memory();
    const embed = () => own.embed(pixels, each(3), data.labels);
    expect(embed).toThrow("the features hold NaN instead of finite numbers");
    expect(tf.memory().numTensors).toBe(numTensors);
    own.dispose();
  });
});

it("reads pixels as its configuration normalises them", async () => {
  const learner = await learnerOf({});
  const embedded = learner.embed(pixels, each(16), labels).embeddings;
  const images = tf.tensor4d(Float32Array.from(data.pixels), [16, SIZE, SIZE, 3]);
  const output = learner.network.predict(normalizePixels(images, NORMALIZATION));
  if (!(output instanceof tf.Tensor)) throw new Error("not one output");
  expectClose(
    embedded,
    l2Normalize(tf.reshape<tf.Rank.R2>(output, [16, D])).dataSync<"float32">(),
    1e-6,
  );
  learner.dispose();
});

describe("a learner behind a frozen trunk", () => {
  const small = dataset([3, 3], 32, 32);
  const mobile = { network: "mobilenetv2", width: 0.35, size: 32, freeze: "block14" };

  async function open(batchNorm: "trained" | "frozen") {
    const config = configOf({ ...mobile, batchNorm, method: "quadruplet" });
    const body = await assemble(config, () => undefined);
    // Norms that do something, as pretrained ones.
    disturb(body.network);
    if (!body.trunk) throw new Error("nothing is frozen");
    const views = { items: [], views: 1, augment: TRANSFORMS.none, seed: 1 };
    const { signal } = new AbortController();
    const inputs = await CachedInputs.compute(body.trunk, small, views, () => undefined, signal);
    return { learner: new Learner(body, config, COUNTS), inputs };
  }

  /** The variables that a few steps move, and those that they do not. */
  async function movedBy(batchNorm: "trained" | "frozen") {
    const { learner, inputs } = await open(batchNorm);
    const before = valuesOf(learner.state);
    const optimizer = new AdamW(learner.groups, 1e-3);
    const subject = { learner, method: "quadruplet", inputs } as const;
    for (const at of [1, 2]) step(subject, optimizer, at, [0, 1, 0, 1, 0, 1]);
    const after = valuesOf(learner.state);
    optimizer.dispose();
    learner.dispose();
    const names = [...before.keys()];
    const differs = (name: string) => before.get(name)?.join() !== after.get(name)?.join();
    return { moved: names.filter(differs), still: names.filter((name) => !differs(name)) };
  }

  it("leaves frozen batch norms as they are: statistics, scale and shift", async () => {
    const { moved, still } = await movedBy("frozen");
    const norms = still.filter((name) => name.includes("-norm/"));
    // Three norms in each of two blocks, one behind them, four variables each.
    expect(norms).toHaveLength(7 * 4);
    expect(moved.filter((name) => name.includes("-norm/"))).toEqual([]);
    expect(moved).toEqual(
      expect.arrayContaining(["block15-expand/kernel", "conv-last/kernel", "embedding/kernel"]),
    );
  });

  it("moves all of them where they train", async () => {
    const { moved, still } = await movedBy("trained");
    expect(still.filter((name) => name.includes("-norm/"))).toEqual([]);
    expect(moved.filter((name) => name.includes("-norm/moving_"))).toHaveLength(7 * 2);
  });

  it("saves and trains nothing of the trunk", async () => {
    const { learner } = await open("frozen");
    const names = [...learner.state.keys()];
    expect(names.filter((name) => /^(conv0|block(\d|1[0-4])-)/.test(name))).toEqual([]);
    expect(
      [...variablesOf(learner.groups).keys()].filter((name) => name.includes("-norm/")),
    ).toEqual([]);
    expect(names).toContain("block15-expand-norm/moving_mean");
    learner.dispose();
  });

  it("is one network when exported, which the edge runs to the same embeddings", async () => {
    const { learner, inputs } = await open("frozen");
    const { network, tensors } = exportLearner(learner);
    const files = await encodePackage(
      {
        ...content,
        input: { ...content.input, width: 32, height: 32, ...NORMALIZATION },
        embedding: { dimensions: D },
        network,
        pddm: learner.shape,
        quantization: { scheme: "none" },
      },
      tensors,
    );
    const model = await Model.open(await decodePackage(files));
    const expected = learner.embed(inputs, each(6), small.labels).embeddings;
    const embeddings = model.embed(small.pixels);
    expectClose(embeddings, expected, 1e-4);
    // The images differ, so the same embeddings say something.
    expect(Math.hypot(...each(D).map((k) => expected[k] - expected[3 * D + k]))).toBeGreaterThan(
      0.01,
    );
    expectClose(allScores(model, expected), allScores(learner, expected), 1e-4);
    model.dispose();
    learner.dispose();
  });
});
