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
import { naiveLosses } from "../../oracles/losses.ts";
import { differences, expectClose, normalizeRows, numbers, toRows } from "../../oracles/numbers.ts";
import { randomUnit, type UnitWeights } from "../../oracles/pddm.ts";
import { batches, batchesWithoutTriplet } from "../methods/losses/check.ts";

const D = 4;
const H = 3;
const CLASSES = 8;
const MARGINS = { alpha: 0.6, beta: 0.8, lambda: 0.7 };
/** Those of the margins that a method has. */
const marginsOf = (method: MethodName): Hyperparameters =>
  Object.fromEntries(
    Object.entries(MARGINS).filter(([name]) => name in METHODS[method].hyperparameters.shape),
  );
const rawProxies = numbers(CLASSES * D, 9);

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});
afterEach(() => {
  tf.disposeVariables();
});

/** The variables that a learner trains (the unit, proxies if the method has them), and the features. */
function variablesOf(method: MethodName, features: Float32Array) {
  const { form, proxies } = METHODS[method];
  const unit = form === "local" ? {} : randomUnit(form, D, H, 31);
  const specs = form === "local" ? [] : pddmWeights({ form, hidden: H }, D);
  const all = [
    { name: "features", shape: [features.length / D, D], values: features },
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

function run(method: MethodName, variables: Map<string, tf.Variable>, labels: readonly number[]) {
  const matrix = (name: string) => variables.get(name) as tf.Tensor2D | undefined;
  const features = l2Normalize(matrix("features") ?? tf.zeros([labels.length, D]));
  const { form } = METHODS[method];
  const pddm = form === "local" ? null : new Pddm(form, variables);
  const scores = new BatchScores(pddm, features, labels, matrix("proxies"));
  return objective(METHODS[method], scores, marginsOf(method));
}

/** Value and gradients of the total by name, as a training step takes them. */
function descend(
  method: MethodName,
  variables: Map<string, tf.Variable>,
  labels: readonly number[],
) {
  const { value, grads } = tf.variableGrads(
    () => run(method, variables, labels).total,
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
function naive(
  method: MethodName,
  labels: readonly number[],
  { features, proxies = [], ...unit }: UnitWeights,
) {
  const rows = normalizeRows(toRows(features, D));
  const batch = { rows, labels, unit, proxies: toRows(proxies, D), margins: MARGINS };
  const { metric, embedding } = naiveLosses[method](batch);
  const both = metric !== undefined && embedding !== undefined;
  const total = both ? metric + MARGINS.lambda * embedding : (metric ?? embedding ?? NaN);
  return { total, metric, embedding };
}

describe.each(METHOD_NAMES)("the objective of %s", (method) => {
  it.each([...batches, ...batchesWithoutTriplet])(
    "is E_m + lambda E_e, or the one term that the method has: $title",
    ({ labels }) => {
      const variables = variablesOf(method, numbers(labels.length * D, 8));
      const values: UnitWeights = Object.fromEntries(
        Array.from(variables, ([name, it]) => [name, Float64Array.from(it.dataSync())]),
      );
      const expected = naive(method, labels, values);
      const { total, metric, embedding } = run(method, variables, labels);
      expectClose(metric.dataSync(), [expected.metric ?? 0]);
      expectClose(embedding.dataSync(), [expected.embedding ?? 0]);
      expectClose(total.dataSync(), [expected.total]);
      const { gradients } = descend(method, variables, labels);
      for (const name of Object.keys(values)) {
        const slopes = differences(
          (moved) => naive(method, labels, { ...values, [name]: moved }).total,
          values[name],
        );
        expectClose(gradients.get(name) ?? slopes.map(() => 0), slopes, 1e-4);
      }
      if (expected.total !== 0) return;
      // A batch without pairs must not train anything, not even by a rounding error.
      const numbersOfAll = [...total.dataSync(), ...[...gradients.values()].flat()];
      expect(numbersOfAll.filter((value) => value !== 0)).toEqual([]);
    },
  );

  it("is more than zero for a batch with pairs", () => {
    const [{ labels }] = batches;
    const variables = variablesOf(method, numbers(labels.length * D, 8));
    expect(run(method, variables, labels).total.dataSync()[0]).toBeGreaterThan(0);
  });

  it("is finite for a batch of identical features, gradients included", () => {
    const [{ labels }] = batches;
    const identical = Float32Array.from(labels.flatMap(() => [...numbers(D, 8)]));
    const { total, gradients } = descend(method, variablesOf(method, identical), labels);
    expect(total).toSatisfy(Number.isFinite);
    for (const gradient of gradients.values()) expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it("leaves no tensor behind", () => {
    const [{ labels }] = batches;
    const variables = variablesOf(method, numbers(labels.length * D, 8));
    const { numTensors, numDataBuffers } = tf.memory();
    descend(method, variables, labels);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
  });
});
