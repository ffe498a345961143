import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { l2Normalize } from "../../../shared/normalize.ts";
import { pddmWeights } from "../../../shared/pddm/form.ts";
import { Pddm } from "../../../shared/pddm/unit.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { BatchScores } from "../../../trainer/methods/batchScores.ts";
import type { Hyperparameters } from "../../../trainer/methods/method.ts";
import { METHOD_NAMES, type MethodName, METHODS } from "../../../trainer/methods/methods.ts";
import { objective } from "../../../trainer/training/objective.ts";
import { naiveLosses } from "../../oracles/methods.ts";
import {
  differences,
  each,
  expectClose,
  normalizeRows,
  numbers,
  toRows,
} from "../../oracles/numbers.ts";
import { randomUnit, type UnitWeights } from "../../oracles/pddm.ts";

const D = 4;
const H = 3;
const labels = [0, 1, 0, 2, 1, 0, 3];
const CLASSES = 8;
const MARGINS = { alpha: 0.6, beta: 0.8, lambda: 0.7 };
/** Those of the margins that a method has. */
const marginsOf = (method: MethodName): Hyperparameters =>
  Object.fromEntries(
    Object.entries(MARGINS).filter(([name]) => name in METHODS[method].hyperparameters.shape),
  );
const raw = numbers(labels.length * D, 8);
const identical = labels.flatMap(() => Array.from(raw.slice(0, D)));
const rawProxies = numbers(CLASSES * D, 9);

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});
afterEach(() => {
  tf.disposeVariables();
});

/** What a learner trains: the unit, proxies where the method has them, here the features, too. */
function variablesOf(method: MethodName, features: ArrayLike<number> = raw) {
  const { form, proxies } = METHODS[method];
  const unit = form === "local" ? {} : randomUnit(form, D, H, 31);
  const specs = form === "local" ? [] : pddmWeights({ form, hidden: H }, D);
  const all = [
    { name: "features", shape: [labels.length, D], values: features },
    ...specs.map((spec) => ({ ...spec, values: unit[spec.name] })),
    ...(proxies ? [{ name: "proxies", shape: [CLASSES, D], values: rawProxies }] : []),
  ];
  return new Map(
    all.map(({ name, shape, values }) => [
      name,
      tf.tidy(() => tf.variable<tf.Rank>(tf.tensor(Float32Array.from(values), shape))),
    ]),
  );
}

function run(method: MethodName, variables: Map<string, tf.Variable>, batch = labels) {
  const matrix = (name: string) => variables.get(name) as tf.Tensor2D | undefined;
  const features = l2Normalize(matrix("features") ?? tf.zeros([labels.length, D]));
  const { form } = METHODS[method];
  const pddm = form === "local" ? null : new Pddm(form, variables);
  const scores = new BatchScores(pddm, features, batch, matrix("proxies"));
  return objective(METHODS[method], scores, marginsOf(method));
}

/** Value and gradients of the total by name, as a training step takes them. */
function descend(method: MethodName, variables: Map<string, tf.Variable>, batch = labels) {
  const { value, grads } = tf.variableGrads(
    () => run(method, variables, batch).total,
    [...variables.values()],
  );
  const gradients = Array.from(variables).flatMap(([name, { name: id }]) =>
    id in grads ? [[name, Array.from(grads[id].dataSync())] as const] : [],
  );
  const total = value.dataSync()[0];
  tf.dispose([value, grads]);
  return { total, gradients: new Map(gradients) };
}

/** E of values that are yet to be scaled to length 1, by loops. */
function naive(method: MethodName, { features, proxies = [], ...unit }: UnitWeights) {
  const rows = normalizeRows(toRows(features, D));
  const batch = { rows, labels, unit, proxies: toRows(proxies, D), margins: MARGINS };
  const { metric, embedding } = naiveLosses(method, batch);
  const both = metric !== undefined && embedding !== undefined;
  const total = both ? metric + MARGINS.lambda * embedding : (metric ?? embedding ?? NaN);
  return { total, metric, embedding };
}

describe.each(METHOD_NAMES)("the objective of %s", (method) => {
  const values = (): UnitWeights =>
    Object.fromEntries(
      Array.from(variablesOf(method), ([name, it]) => [name, Float64Array.from(it.dataSync())]),
    );

  it("is E_m + lambda E_e, or the one term that the method has", () => {
    const expected = naive(method, values());
    expect(expected.total).toBeGreaterThan(0);
    const { total, metric, embedding } = run(method, variablesOf(method));
    expectClose(metric.dataSync(), [expected.metric ?? 0]);
    expectClose(embedding.dataSync(), [expected.embedding ?? 0]);
    expectClose(total.dataSync(), [expected.total]);
  });

  it("has the gradient that finite differences give", () => {
    const start = values();
    const { gradients } = descend(method, variablesOf(method));
    for (const name of Object.keys(start)) {
      const slopes = differences(
        (moved) => naive(method, { ...start, [name]: moved }).total,
        start[name],
      );
      expectClose(gradients.get(name) ?? slopes.map(() => 0), slopes, 1e-4);
    }
  });

  it.each([
    { title: "without a positive pair", batch: each(labels.length), features: raw },
    { title: "of one class", batch: labels.map(() => 1), features: raw },
    { title: "of identical features", batch: labels, features: identical },
  ])("is finite for a batch $title, gradients included", ({ batch, features }) => {
    const { total, gradients } = descend(method, variablesOf(method, features), batch);
    expect(total).toSatisfy(Number.isFinite);
    for (const gradient of gradients.values()) expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it("leaves no tensor behind", () => {
    const variables = variablesOf(method);
    const { numTensors, numDataBuffers } = tf.memory();
    descend(method, variables);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
  });
});

/** Those that need a positive and a negative pair to say anything. */
const OF_BOTH_KINDS = METHOD_NAMES.filter(
  (method) => method !== "contrastive" && !METHODS[method].proxies,
);

describe.each(OF_BOTH_KINDS)("the objective of %s", (method) => {
  it.each([
    { title: "positive", batch: each(labels.length) },
    { title: "negative", batch: labels.map(() => 1) },
  ])("is zero with zero gradients where the batch has no $title pair", ({ batch }) => {
    const { total, gradients } = descend(method, variablesOf(method), batch);
    expect(total).toBe(0);
    for (const gradient of gradients.values()) {
      expect(gradient.every((slope) => slope === 0)).toBe(true);
    }
  });
});
