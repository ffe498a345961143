import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { pddmWeights } from "../../../shared/pddm/form.ts";
import { Pddm } from "../../../shared/pddm/unit.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import {
  differences,
  each,
  expectClose,
  normalizeRows,
  numbers,
  size,
  toRows,
} from "../../oracles/numbers.ts";
import { naiveScore, naiveScores, randomUnit, type UnitWeights } from "../../oracles/pddm.ts";

const N = 5;
const D = 6;
const H = 4;

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe.each(["residual", "published"] as const)("the %s PDDM unit", (form) => {
  const weights = randomUnit(form, D, H, 11);
  const specs = pddmWeights({ form, hidden: H }, D);
  const rows = toRows(Float32Array.from(normalizeRows(toRows(numbers(N * D, 3), D)).flat()), D);
  const expected = naiveScores(form, weights, rows).flat();

  const unit = () =>
    new Pddm(
      form,
      new Map(specs.map(({ name, shape }) => [name, tf.tensor(Array.from(weights[name]), shape)])),
    );

  it("scores all pairs as the equations do", () => {
    expectClose(unit().all(tf.tensor2d(rows)).dataSync(), expected);
  });

  it("scores listed pairs as the equations do", () => {
    const [a, b] = [
      [0, 1, 4, 2],
      [3, 0, 4, 1],
    ];
    const scores = unit().pairs(
      tf.tensor2d(a.map((i) => rows[i])),
      tf.tensor2d(b.map((i) => rows[i])),
    );
    expect(scores.shape).toEqual([4]);
    expectClose(
      scores.dataSync(),
      a.map((i, pair) => naiveScore(form, weights, rows[i], rows[b[pair]])),
    );
  });

  it("scores some rows against all as the equations do", () => {
    const scores = unit().between(tf.tensor2d(rows.slice(2, 4)), tf.tensor2d(rows));
    expect(scores.shape).toEqual([2, N]);
    expectClose(scores.dataSync(), expected.slice(2 * N, 4 * N));
  });

  it("is symmetric", () => {
    const scores = unit().all(tf.tensor2d(rows));
    expectClose(scores.dataSync(), tf.transpose(scores).dataSync(), 1e-6);
  });

  it("scores vectors that are not of length 1, and opposite ones", () => {
    const a = rows.map((row) => row.map((value) => 1.5 * value));
    const b = a.map((row, i) => (i === 0 ? row.map((value) => -value) : rows[i].toReversed()));
    const scores = unit().pairs(tf.tensor2d(a), tf.tensor2d(b));
    expectClose(
      scores.dataSync(),
      a.map((row, i) => naiveScore(form, weights, row, b[i])),
    );
  });

  const parameters = [{ name: "features", shape: [N, D] }, ...specs];
  const start = parameters.map(({ name }) =>
    name === "features" ? rows.flat() : Array.from(weights[name]),
  );
  // No two pairs count alike, and S_ij not as S_ji.
  const importance = Array.from(numbers(N * N, 77));

  it.each(parameters.map(({ name }, at) => ({ name, at })))(
    "has the gradient with respect to $name that finite differences give",
    ({ name, at }) => {
      const loss = (...tensors: tf.Tensor[]): tf.Scalar => {
        const named = parameters.map((p, i) => [p.name, tensors[i]] as const);
        const scores = new Pddm(form, new Map(named)).all(tensors[0] as tf.Tensor2D);
        return tf.sum(tf.mul(tf.reshape(scores, [-1]), importance));
      };
      const gradients = tf.grads(loss)(start.map((v, i) => tf.tensor(v, parameters[i].shape)));
      const naive = (values: number[]) => {
        const moved: UnitWeights = name === "features" ? weights : { ...weights, [name]: values };
        const features = name === "features" ? toRows(values, D) : rows;
        return naiveScores(form, moved, features)
          .flat()
          .reduce((sum, s, pair) => sum + importance[pair] * s, 0);
      };
      const slopes = differences(naive, start[at]);
      expect(Math.max(...slopes.map(Math.abs))).toBeGreaterThan(1e-2);
      expectClose(gradients[at].dataSync(), slopes, 1e-4);
    },
  );

  it("is finite for identical images, gradients included", () => {
    const { value, grads } = tf.valueAndGrads((a, ...tensors) => {
      const named = specs.map((spec, i) => [spec.name, tensors[i]] as const);
      const twice = tf.clone(a) as tf.Tensor2D;
      return tf.sum(new Pddm(form, new Map(named)).pairs(a as tf.Tensor2D, twice));
    })([tf.tensor2d(rows), ...specs.map((s) => tf.tensor(Array.from(weights[s.name]), s.shape))]);
    expectClose(value.dataSync(), [each(N).reduce((sum, i) => sum + expected[i * N + i], 0)]);
    for (const gradient of grads) {
      expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
    }
  });

  it("pulls nowhere along u where u is zero", () => {
    const fixed = tf.tensor2d(rows);
    const gradient = tf.grad((a) => tf.sum(unit().pairs(a as tf.Tensor2D, fixed)))(
      tf.tensor2d(rows),
    );
    const naive = (values: number[]) =>
      toRows(values, D).reduce((sum, a, i) => sum + naiveScore(form, weights, a, rows[i]), 0);
    // |u| has a kink at zero; the central difference across it is zero, as the gradient must be.
    expectClose(gradient.dataSync(), differences(naive, rows.flat()), 1e-4);
  });

  it("names a weight that is not loaded", () => {
    const lacking = new Pddm(form, new Map([["pddm/u/kernel", tf.zeros([D, H])]]));
    expect(() => lacking.all(tf.tensor2d(rows))).toThrow('"pddm/v/kernel" is not loaded');
  });

  it("keeps nothing but its result", () => {
    const features = tf.tensor2d(rows);
    const pddm = unit();
    const { numTensors } = tf.memory();
    const first = tf.slice(features, 0, 1);
    const results = [
      pddm.all(features),
      pddm.pairs(features, features),
      pddm.between(first, features),
    ];
    expect(results.map(({ shape }) => size(shape))).toEqual([N * N, N, N]);
    tf.dispose([first, ...results]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
