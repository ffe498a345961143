import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { l2Normalize } from "../../shared/model.ts";
import { pddmWeights } from "../../shared/pddm/form.ts";
import { Pddm } from "../../shared/pddm/unit.ts";
import { openBackend } from "../../trainer/backends/open.ts";
import { objective } from "../../trainer/objective.ts";
import {
  naiveAllNegatives,
  naiveDistances,
  naiveDoubleHeader,
  naiveMining,
} from "../oracles/losses.ts";
import { differences, expectClose, normalizeRows, numbers, toRows } from "../oracles/numbers.ts";
import { naiveScores, randomUnit, type UnitWeights } from "../oracles/pddm.ts";

const D = 4;
const H = 3;
const labels = [0, 1, 0, 2, 1, 0, 3];
const margins = { alpha: 0.5, beta: 0.8, lambda: 0.7 };

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const cases = (["residual", "published"] as const).flatMap((form) =>
  (["all", "hardest"] as const).map((mining) => ({ form, mining })),
);

describe.each(cases)("the objective, $form unit, mining $mining", ({ form, mining }) => {
  const weights = randomUnit(form, D, H, 31);
  const specs = pddmWeights(form, D, H);
  const raw = Array.from(numbers(labels.length * D, 8));

  /** E_m and E_e of features that are yet to be scaled to length 1. */
  function naive(features: number[], unit: UnitWeights): { metric: number; embedding: number } {
    const rows = normalizeRows(toRows(features, D));
    const s = naiveScores(form, unit, rows);
    const closeness = naiveDistances(rows).map((row) => row.map((distance) => -distance));
    if (mining === "all") {
      const quadruplets = naiveMining(closeness, labels, "every");
      return {
        metric: naiveAllNegatives(s, labels, margins.alpha),
        embedding: naiveDoubleHeader(closeness, quadruplets, margins.beta),
      };
    }
    const quadruplets = naiveMining(s, labels, "hardest");
    return {
      metric: naiveDoubleHeader(s, quadruplets, margins.alpha),
      embedding: naiveDoubleHeader(closeness, quadruplets, margins.beta),
    };
  }

  const run = (features: tf.Tensor, tensors: tf.Tensor[], batch: number[] = labels) => {
    const named = specs.map((spec, i) => [spec.name, tensors[i]] as const);
    const unit = l2Normalize(features as tf.Tensor2D);
    return objective(new Pddm(form, new Map(named)), unit, batch, { mining, ...margins });
  };
  const features = () => tf.tensor2d(raw, [labels.length, D]);
  const unit = () => specs.map(({ name, shape }) => tf.tensor(Array.from(weights[name]), shape));

  it("is E_m + lambda E_e", () => {
    const expected = naive(raw, weights);
    expect(expected.metric).toBeGreaterThan(0);
    expect(expected.embedding).toBeGreaterThan(0);
    const { total, metric, embedding } = run(features(), unit());
    expectClose(metric.dataSync(), [expected.metric]);
    expectClose(embedding.dataSync(), [expected.embedding]);
    expectClose(total.dataSync(), [expected.metric + margins.lambda * expected.embedding]);
  });

  it("has the gradient that finite differences give", () => {
    const total = (values: number[], moved: UnitWeights) => {
      const { metric, embedding } = naive(values, moved);
      return metric + margins.lambda * embedding;
    };
    const [ofFeatures, ...ofUnit] = tf.grads(
      (x: tf.Tensor, ...tensors: tf.Tensor[]) => run(x, tensors).total,
    )([features(), ...unit()]);
    expectClose(
      ofFeatures.dataSync(),
      differences((values) => total(values, weights), raw),
      1e-4,
    );
    specs.forEach(({ name }, i) => {
      const slopes = differences((v) => total(raw, { ...weights, [name]: v }), weights[name]);
      expectClose(ofUnit[i].dataSync(), slopes, 1e-4);
    });
  });

  it.each([
    { title: "a positive pair", batch: [0, 1, 2, 3, 4, 5, 6] },
    { title: "a negative pair", batch: [1, 1, 1, 1, 1, 1, 1] },
  ])("is zero with zero gradients where the batch has not $title", ({ batch }) => {
    const { value, grads } = tf.valueAndGrads(
      (x: tf.Tensor, ...tensors: tf.Tensor[]) => run(x, tensors, batch).total,
    )([features(), ...unit()]);
    expect(value.dataSync()[0]).toBe(0);
    for (const gradient of grads) {
      expect(gradient.dataSync().every((slope) => slope === 0)).toBe(true);
    }
  });

  it("is finite for a batch of identical features, gradients included", () => {
    const same = tf.tile(tf.tensor2d(raw.slice(0, D), [1, D]), [labels.length, 1]);
    const { value, grads } = tf.valueAndGrads(
      (x: tf.Tensor, ...tensors: tf.Tensor[]) => run(x, tensors).total,
    )([same, ...unit()]);
    // Nothing tells anything apart: both headers hold their full margin twice.
    expectClose(value.dataSync(), [2 * margins.alpha + margins.lambda * 2 * margins.beta], 1e-3);
    for (const gradient of grads) {
      expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
    }
  });
});
