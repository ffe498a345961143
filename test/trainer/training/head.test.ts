import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { beforeAll, describe, expect, it } from "vitest";
import { normalizePixels } from "../../../shared/normalize.ts";
import { TRANSFORMS } from "../../../trainer/data/transforms/transforms.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { project } from "../../../trainer/linear/projection.ts";
import { thenPca } from "../../../trainer/linear/thenPca.ts";
import { whitening } from "../../../trainer/linear/whitening.ts";
import {
  backboneFeatures,
  findStart,
  readByHead,
  refitHead,
  startHead,
} from "../../../trainer/training/head.ts";
import { CachedInputs, type Inputs, PixelInputs } from "../../../trainer/data/inputs/inputs.ts";
import type { EmbeddingNetwork } from "../../../trainer/networks/assemble.ts";
import { chain } from "../../../trainer/networks/layers/chain.ts";
import { cut } from "../../../trainer/networks/cut.ts";
import { Trunk } from "../../../trainer/networks/trunk.ts";
import { createLearner } from "../../../trainer/training/createLearner.ts";
import { newRecord } from "../../../trainer/runs/record.ts";
import { Run } from "../../../trainer/runs/run.ts";
import { train } from "../../../trainer/training/train.ts";
import { dataset } from "../../oracles/dataset.ts";
import { columnMeans, invert, multiply, transpose } from "../../oracles/linear.ts";
import { NORMALIZATION } from "../../oracles/normalization.ts";
import { each, expectClose, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const SIZE = 8;
const C = 6;
const D = 4;
const data = dataset(
  each(8).map(() => 10),
  SIZE,
  SIZE,
);
// More than one batch, and not in order.
const items = each(70).map((i) => (i * 3) % 80);
const labels = items.map((item) => data.labels[item]);

const { conv2d, reLU, globalAveragePooling2d, dense } = tfl.layers;
const kernelInitializer = tfl.initializers.heNormal({ seed: 2 });

/** Features [n, 6] of an image. */
function features(): tfl.LayersModel {
  const image = tfl.input({ shape: [SIZE, SIZE, 3], name: "image" });
  const layers = [
    conv2d({ name: "first", filters: 5, kernelSize: 3, strides: 2, kernelInitializer }),
    reLU({ name: "relu" }),
    conv2d({ name: "second", filters: C, kernelSize: 2, kernelInitializer }),
    globalAveragePooling2d({ name: "pool" }),
  ];
  return tfl.model({ inputs: image, outputs: chain(image, ...layers) });
}

/** With a head of random weights. */
function bodyOf(backbone: tfl.LayersModel, trunk: Trunk | null): EmbeddingNetwork {
  const head = dense({ name: "embedding", units: D, kernelInitializer });
  const outputs = chain(backbone.outputs[0], head);
  const network = tfl.model({ inputs: backbone.inputs, outputs });
  return { trunk, network, head: "embedding", normalization: NORMALIZATION, backbone };
}

function predict(model: tfl.LayersModel, input: tf.Tensor): Float32Array {
  const output = model.predict(input);
  if (!(output instanceof tf.Tensor)) throw new Error("not one output");
  return output.dataSync<"float32">();
}

const inputs = new PixelInputs(data, "none");

/** Starts the head, where it is ours. */
function start(body: EmbeddingNetwork, from: Inputs) {
  const found = findStart(body, from, items, data.labels);
  if (found) startHead(body, found);
  return found;
}

/** Makes the head anew of what all images give it. */
function refit(body: EmbeddingNetwork): void {
  const read = readByHead(body, inputs, items, data.labels);
  if (!read) throw new Error("there is nothing that a head could read");
  refitHead(body, read);
}

const normalized = (of: readonly number[]) =>
  normalizePixels(inputs.plain(of) as tf.Tensor4D, NORMALIZATION);

describe("a started head", () => {
  it("whitens and projects what the backbone gives, by a kernel of a random one's size", () => {
    const body = bodyOf(features(), null);
    start(body, inputs);
    const backbone = predict(features(), normalized(items));
    const whitened = whitening(backbone, labels, C);
    const projection = thenPca(whitened, project(backbone, whitened), D);
    const projected = project(backbone, projection);
    const square = projection.matrix.reduce((sum, value) => sum + value * value, 0) / (C * D);
    const scale = Math.sqrt(square * C);
    const expected = projected.map((value) => value / scale);
    const embeddings = predict(body.network, normalized(items));
    expectClose(embeddings, expected, 1e-3);
  });

  it("is the same behind a frozen trunk", async () => {
    const whole = bodyOf(features(), null);
    start(whole, inputs);
    const { trunk, tail } = cut(features(), "relu");
    const body = bodyOf(tail, new Trunk(trunk, NORMALIZATION));
    if (!body.trunk) throw new Error("no trunk");
    const cached = await CachedInputs.compute(
      body.trunk,
      data,
      { items, views: 1, augment: TRANSFORMS.none, seed: 1 },
      () => undefined,
      new AbortController().signal,
    );
    start(body, cached);
    const embeddings = predict(body.network, cached.plain(items));
    expectClose(embeddings, predict(whole.network, normalized(items)), 1e-3);
  });

  it("leaves the backbone as it is, and no tensor behind", () => {
    const body = bodyOf(features(), null);
    const { numTensors } = tf.memory();
    start(body, inputs);
    expect(tf.memory().numTensors).toBe(numTensors);
    const before = predict(features(), normalized(items));
    if (!body.backbone) throw new Error("no backbone");
    expect(predict(body.backbone, normalized(items))).toEqual(before);
    expectClose(backboneFeatures({ ...body, backbone: body.backbone }, inputs, items), before);
  });

  it("leaves a network alone whose head is not ours", () => {
    const body = { ...bodyOf(features(), null), backbone: null };
    const before = predict(body.network, normalized(items));
    expect(start(body, inputs)).toBeNull();
    expect(predict(body.network, normalized(items))).toEqual(before);
  });
});

describe("a new learner", () => {
  const split = { train: items, heldOut: [], test: [], singletons: [] };
  const started = (head: string) => {
    const body = bodyOf(features(), null);
    const config = configSchema.parse({ data: "x", name: "x", size: SIZE * 2, head });
    createLearner(config, { body, inputs, data, split });
    return predict(body.network, normalized(items));
  };

  it("has a whitened head where the config says so, else a random one", () => {
    const random = predict(bodyOf(features(), null).network, normalized(items));
    expect(started("random")).toEqual(random);
    const body = bodyOf(features(), null);
    start(body, inputs);
    expect(started("whitened")).toEqual(predict(body.network, normalized(items)));
  });
});

describe("a head made anew", () => {
  /** S_w + shrinkage m I, by loops. */
  function within(rows: number[][], shrinkage: number): number[][] {
    const centred = rows.map((row, i) => {
      const mean = columnMeans(rows.filter((_, j) => labels[j] === labels[i]));
      return row.map((value, k) => value - mean[k]);
    });
    const sum = multiply(transpose(centred), centred);
    const covariance = sum.map((row) => row.map((value) => value / rows.length));
    const trace = covariance.reduce((all, row, i) => all + row[i], 0);
    return covariance.map((row, i) =>
      row.map((value, j) => value + (i === j ? (shrinkage * trace) / C : 0)),
    );
  }

  it("keeps the cosines of softly whitened features as well as any D dimensions do", () => {
    const body = bodyOf(features(), null);
    const { numTensors } = tf.memory();
    refit(body);
    expect(tf.memory().numTensors).toBe(numTensors);

    const rows = toRows(predict(features(), normalized(items)), C);
    const mean = columnMeans(rows);
    const centred = rows.map((row) => row.map((value, k) => value - mean[k]));
    // Inner products after whitening need no root: they are x^T (S_w + 10 m I)^-1 y.
    const products = multiply(multiply(centred, invert(within(rows, 10))), transpose(centred));
    const lengths = products.map((row, i) => Math.sqrt(row[i]));
    const cosines = products.map((row, i) => row.map((it, j) => it / lengths[i] / lengths[j]));
    // Of the matrix of cosines the D largest eigenvalues are what any D dimensions can keep.
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
      new Matrix(cosines),
      { assumeSymmetric: true },
    );
    const top = each(items.length).slice(-D);
    const best = cosines.map((row, i) =>
      row.map((_, j) =>
        top.reduce(
          (sum, at) =>
            sum + realEigenvalues[at] * eigenvectorMatrix.get(i, at) * eigenvectorMatrix.get(j, at),
          0,
        ),
      ),
    );
    const embeddings = toRows(predict(body.network, normalized(items)), D);
    const kept = multiply(embeddings, transpose(embeddings)).map((row, i) =>
      row.map((product, j) => product / lengths[i] / lengths[j]),
    );
    expectClose(kept.flat(), best.flat(), 1e-3);
  });
});

describe("a trained head", () => {
  /** The head after three steps, and what it would be if it were made anew. */
  async function trained(settings: Record<string, string>, heldOut: number[] = []) {
    const taught = items.filter((item) => !heldOut.includes(item));
    const split = { train: taught, heldOut, test: [], singletons: [] };
    const folder = await mkdtemp(join(tmpdir(), "pddm-head-"));
    const config = configSchema.parse({
      ...{ data: "x", name: "x", steps: 3, augment: "none" },
      ...settings,
    });
    const run = new Run(join(folder, "x"));
    await run.create(newRecord(config, "fingerprint"));
    const material = { body: bodyOf(features(), null), inputs, data, split };
    const learner = createLearner(config, material);
    const told: string[] = [];
    const events = {
      onStep: () => told.push("step"),
      onEvaluation: () => undefined,
      onFinish: () => told.push("finish"),
    };
    await train(run, config, learner, material, events, new AbortController().signal);
    expect(told).toEqual(["step", "step", "step", "finish"]);
    await rm(folder, { recursive: true });
    const actual = predict(material.body.network, normalized(items));
    refit(material.body);
    return { actual, anew: predict(material.body.network, normalized(items)) };
  }

  it("is made anew of the features where the config says so", async () => {
    const { actual, anew } = await trained({ head: "refitted" });
    expectClose(actual, anew, 1e-4);
  });

  it("is made anew of held-out classes too", async () => {
    const last = Math.max(...data.labels);
    const heldOut = items.filter((item) => data.labels[item] === last);
    const { actual, anew } = await trained({ head: "refitted" }, heldOut);
    expectClose(actual, anew, 1e-4);
  });

  it.each([
    ["where the config does not say so", { head: "whitened" }],
    ["where the backbone is frozen", { head: "refitted", freeze: "backbone" }],
    ["where a unit has learned to read it", { head: "refitted", method: "pddm-residual" }],
  ])("stays as training made it %s", async (_, settings) => {
    const { actual, anew } = await trained(settings);
    expect(() => {
      expectClose(actual, anew, 1e-2);
    }).toThrow();
  });
});
