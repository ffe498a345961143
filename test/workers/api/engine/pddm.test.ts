import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Model, TFJS } from "../../../../shared/model.ts";
import { decodePackage } from "../../../../shared/package/codec.ts";
import { pddmWeights, type UnitShape } from "../../../../shared/pddm/form.ts";
import { LocalSimilarity } from "../../../../shared/pddm/local.ts";
import { openSimilarity } from "../../../../shared/pddm/similarity.ts";
import { openEngine } from "../../../../workers/api/engine/backend.ts";
import { FusedUnit } from "../../../../workers/api/engine/pddm/fused.ts";
import { addressOf, allocate, heapMemory } from "../../../../workers/api/engine/pddm/heap.ts";
import { openKernel } from "../../../../workers/api/engine/pddm/kernel.ts";
import { RELAXED_SIMD } from "../../../../workers/wasm/relaxedSimd.ts";
import * as engine from "../../../../workers/api/engine/pddm/open.ts";
import { packUnit } from "../../../../workers/api/engine/pddm/pack.ts";
import { each, normalizeRows, numbers, toRows } from "../../../oracles/numbers.ts";
import { naiveScore, randomUnit, type UnitWeights } from "../../../oracles/pddm.ts";
import { tinyPackage } from "../../tinyPackage.ts";

/** The kernel of the paper's unit, in both builds, against scalar loops and what tfjs composes. */

beforeAll(openEngine);

/** Weights as trained ones are: products with unit vectors stay near 1, whatever the width. */
function unitOf(shape: UnitShape, d: number, seed: number) {
  const drawn = randomUnit(shape.form, d, shape.hidden, seed);
  const weights: UnitWeights = {};
  const tensors = new Map<string, tf.Tensor>();
  for (const { name, shape: dims } of pddmWeights(shape, d)) {
    const scale = name.endsWith("/kernel") ? Math.sqrt(3 / dims[0]) : 1;
    const values = Float32Array.from(Array.from(drawn[name]), (value) => value * scale);
    weights[name] = values;
    tensors.set(name, tf.tensor(values, dims));
  }
  return { weights, tensors };
}

/** Rows of length 1; the second is the first again. */
function itemsOf(n: number, d: number, seed: number): number[][] {
  const rows = normalizeRows(toRows(numbers(n * d, seed), d));
  return rows.map((row, i) => Array.from(Float32Array.from(i === 1 ? rows[0] : row)));
}

const int32 = (values: number[]) => tf.tensor1d(values, "int32");

/** An integer in [from, to] for a number in [-1, 1). */
const draw = (random: number, from: number, to: number) =>
  from + Math.floor(((random + 1) / 2) * (to - from + 1));

/** Fails unless each value is within 1e-5 of the expected, or of that share of it. */
function expectScores(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  const errors = Array.from(
    expected,
    (value, i) => Math.abs(actual[i] - value) / Math.max(1, Math.abs(value)),
  );
  expect(Math.max(...errors)).toBeLessThan(1e-5);
}

const BUILDS = [
  { build: "plain", relaxed: false },
  { build: "relaxed", relaxed: true },
];
const FORMS = ["published", "residual"] as const;
const CASES = BUILDS.flatMap((build) => FORMS.map((form) => ({ ...build, form })));

describe.each(CASES)("S of the $form form by the $build build", ({ relaxed, form }) => {
  const open = (hidden: number, tensors: ReadonlyMap<string, tf.Tensor>) =>
    new FusedUnit(openKernel(heapMemory(), relaxed), { form, hidden }, tensors);

  /** A source and its candidates, itself among them. */
  function compare(d: number, hidden: number, candidates: number, seed: number): void {
    const shape: UnitShape = { form, hidden };
    const rows = itemsOf(candidates, d, seed);
    tf.tidy(() => {
      const { weights, tensors } = unitOf(shape, d, seed);
      const features = tf.tensor2d(rows);
      const [a, b] = [int32(rows.map(() => 0)), int32(each(candidates))];
      const [fused, composed] = [open(hidden, tensors), openSimilarity(shape, tensors)].map(
        (similarity) => similarity.pairs(similarity.describe(features), a, b).dataSync<"float32">(),
      );
      expectScores(fused, composed);
      const some = rows.slice(-5);
      expectScores(
        fused.slice(-5),
        some.map((row) => naiveScore(form, weights, rows[0], row)),
      );
    });
  }

  it.each([
    [4, 1, 1],
    [4, 96, 9],
    [6, 5, 10],
    [128, 32, 4],
    [128, 32, 7],
    [128, 32, 8],
    [128, 32, 1000],
    [128, 128, 100],
    [512, 96, 33],
  ])("is that of the equations for d = %i, h = %i, %i candidates", (d, hidden, candidates) => {
    compare(d, hidden, candidates, 1);
  });

  it("is that of the equations for any shape", () => {
    for (const seed of each(20)) {
      const [d, h, candidates] = numbers(3, 1000 + seed);
      compare(4 * draw(d, 1, 128), draw(h, 1, 96), draw(candidates, 1, seed < 1 ? 1000 : 40), seed);
    }
  });

  it("is that of the equations for nearly the same items, and for opposite ones of any length", () => {
    for (const seed of each(10)) {
      const [row] = itemsOf(1, 20, seed);
      const near = row.map((value, i) => Math.fround(value + 1e-3 * Math.sin(i)));
      const long = row.map((value) => Math.fround(30 * value));
      // The last one's ||v||^2 is lost in rounding, on either side of zero.
      const rows = [
        row,
        near,
        long,
        long.map((value) => -value),
        long.map((value, i) => -value * (1 + 1e-6 * Math.sin(i))),
      ];
      tf.tidy(() => {
        const { weights, tensors } = unitOf({ form, hidden: 6 }, 20, seed);
        const similarity = open(6, tensors);
        const described = similarity.describe(tf.tensor2d(rows));
        const [a, b] = [int32([0, 2, 2]), int32([1, 3, 4])];
        const scores = similarity.pairs(described, a, b).dataSync();
        const naive = [
          naiveScore(form, weights, row, near),
          naiveScore(form, weights, long, rows[3]),
        ];
        expectScores(scores.slice(0, 2), naive);
        expect(scores[2]).not.toBeNaN();
      });
    }
  });

  const [d, hidden, n] = [12, 7, 13];
  const items = itemsOf(n, d, 5);
  const every = each(n * n);
  const a = every.map((pair) => Math.floor(pair / n));
  const b = every.map((pair) => pair % n);

  it("gives rows as it gives pairs, exactly symmetric", () => {
    tf.tidy(() => {
      const similarity = open(hidden, unitOf({ form, hidden }, d, 3).tensors);
      const described = similarity.describe(tf.tensor2d(items));
      const scores = similarity.pairs(described, int32(a), int32(b)).arraySync();
      expect(scores).toEqual(similarity.pairs(described, int32(b), int32(a)).arraySync());
      const rows = similarity.rows(described, 2, 5);
      expect(rows.shape).toEqual([5, n]);
      expect(rows.arraySync().flat()).toEqual(scores.slice(2 * n, 7 * n));
    });
  });

  it("does not depend on what else is described and scored", () => {
    tf.tidy(() => {
      const similarity = open(hidden, unitOf({ form, hidden }, d, 3).tensors);
      const all = similarity.rows(similarity.describe(tf.tensor2d(items)), 0, 1).arraySync()[0];
      for (const i of each(n)) {
        const described = similarity.describe(tf.tensor2d([items[i], items[0]]));
        expect(similarity.pairs(described, int32([1]), int32([0])).arraySync()).toEqual([all[i]]);
      }
    });
  });

  it("writes only items, scores and working memory", () => {
    tf.tidy(() => {
      const shape: UnitShape = { form, hidden };
      const unit = packUnit(shape, unitOf(shape, d, 3).tensors);
      const [work, described, scores] = [
        8 * (2 + unit.d + 3 * unit.h),
        n * (unit.d + unit.h + 4),
        n * n,
      ].map((length) => allocate<tf.Tensor1D>([length]));
      const [weights, features, first, second] = [
        tf.tensor1d(unit.weights),
        tf.tensor2d(items),
        int32(a),
        int32(b),
      ].map(addressOf);
      /** The whole heap, with zeros where the kernel may write. */
      const elsewhere = () => {
        const heap = new Uint8Array(heapMemory().buffer).slice();
        for (const output of [work, described, scores]) {
          heap.fill(0, addressOf(output), addressOf(output) + 4 * output.size);
        }
        return heap;
      };
      const before = elsewhere();
      const [workAt, describedAt, scoresAt] = [work, described, scores].map(addressOf);
      const kernel = openKernel(heapMemory(), relaxed);
      const { d: wide, h } = unit;
      kernel.describe(weights, workAt, wide, h, features, d, describedAt, n);
      const published = form === "published";
      const list = [first, second] as const;
      kernel.score(weights, workAt, wide, h, published, describedAt, ...list, scoresAt, n * n);
      const after = elsewhere();
      expect(before.every((byte, i) => byte === after[i])).toBe(true);
    });
  });

  it("leaks nothing, and frees its weights when disposed", () => {
    const { tensors } = unitOf({ form, hidden }, d, 3);
    const run = () => {
      const similarity = open(hidden, tensors);
      tf.tidy(() => {
        similarity.rows(similarity.describe(tf.tensor2d(items)), 0, n);
      });
      similarity.dispose();
    };
    run();
    const { numTensors, numDataBuffers } = tf.memory();
    for (let call = 0; call < 100; call++) run();
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    tf.dispose([...tensors.values()]);
  });
});

describe("the engine's S", () => {
  it("runs the paper's unit on the kernel, by relaxed SIMD, and the local form on tfjs", () => {
    expect(RELAXED_SIMD).toBe(true);
    const { tensors } = unitOf({ form: "residual", hidden: 3 }, 4, 1);
    const similarity = engine.openSimilarity({ form: "residual", hidden: 3 }, tensors);
    expect(similarity).toBeInstanceOf(FusedUnit);
    similarity.dispose?.();
    tf.dispose([...tensors.values()]);
    const local = { references: 4, neighbours: 1, centroids: 2, temperature: 1, profile: 1 };
    const other = engine.openSimilarity({ form: "local", ...local }, new Map());
    expect(other).toBeInstanceOf(LocalSimilarity);
  });

  it("names a weight that is not loaded", () => {
    const { tensors } = unitOf({ form: "residual", hidden: 3 }, 4, 1);
    tensors.delete("pddm/c/bias");
    expect(() => engine.openSimilarity({ form: "residual", hidden: 3 }, tensors)).toThrow(
      '"pddm/c/bias" is not loaded',
    );
    tf.dispose([...tensors.values()]);
  });

  it("belongs to its model: memory stays flat from call to call and from model to model", async () => {
    const content = await decodePackage(await tinyPackage());
    const embeddings = Float32Array.from(itemsOf(1000, 6, 1).flat());
    const [a, b] = [new Int32Array(999), Int32Array.from(each(999), (i) => i + 1)];
    const run = async () => {
      const model = await Model.open(content, { ...TFJS, openSimilarity: engine.openSimilarity });
      for (let call = 0; call < 20; call++) model.scorePairs(embeddings, a, b);
      model.dispose();
    };
    await run();
    const { numTensors, numDataBuffers } = tf.memory();
    const { byteLength } = heapMemory().buffer;
    // One call's items are 56 KB: kept, they would soon exceed the heap.
    for (let time = 0; time < byteLength / 56_000 / 20; time++) await run();
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    expect(heapMemory().buffer.byteLength).toBe(byteLength);
  });

  it("works on when the heap has grown", () => {
    tf.tidy(() => {
      const rows = itemsOf(9, 12, 5);
      const { weights, tensors } = unitOf({ form: "residual", hidden: 3 }, 12, 1);
      const similarity = engine.openSimilarity({ form: "residual", hidden: 3 }, tensors);
      const described = similarity.describe(tf.tensor2d(rows));
      const { byteLength } = heapMemory().buffer;
      tf.dispose(allocate([byteLength / Float32Array.BYTES_PER_ELEMENT]));
      expect(heapMemory().buffer.byteLength).toBeGreaterThan(byteLength);
      expectScores(
        similarity.rows(described, 0, 1).dataSync(),
        rows.map((row) => naiveScore("residual", weights, rows[0], row)),
      );
    });
  });
});
