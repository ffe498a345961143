import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../trainer/backends/open.ts";
import { evaluate } from "../../trainer/evaluate/evaluate.ts";
import { Learner } from "../../trainer/learner.ts";
import { buildSmall } from "../../trainer/networks/small.ts";
import { objective } from "../../trainer/objective.ts";
import { AdamW } from "../../trainer/optimizer.ts";
import { dataset } from "../oracles/dataset.ts";
import { each, expectClose } from "../oracles/numbers.ts";

const SIZE = 16;
const data = dataset([4, 4, 4, 4], SIZE, SIZE);
/** Across the data set's classes, so that there is something left to learn. */
const labels = each(16).map((item) => item % 4);
const margins = { alpha: 0.5, beta: 1, lambda: 0.5 };

let learner: Learner;

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  learner = new Learner(buildSmall(SIZE, 8, 1), "residual", 4, 1);
});

afterAll(() => {
  learner.dispose();
});

function step(optimizer: AdamW, at: number, mining: "all" | "hardest", batch: number[]): number {
  const { value, grads } = tf.variableGrads(
    () =>
      objective(learner.pddm, learner.features(data.pixels, true), batch, { mining, ...margins })
        .total,
    [...learner.trainable.values()],
  );
  const gradients = Array.from(learner.trainable, ([name, variable]) => {
    return [name, grads[variable.name]] as const;
  });
  optimizer.update(at, 1e-3, new Map(gradients));
  const loss = value.dataSync()[0];
  tf.dispose([value, grads]);
  return loss;
}

describe("a learner", () => {
  it("gives unit features, the same for one image alone as among others", () => {
    const all = learner.embed(data.pixels);
    expect(all).toHaveLength(16 * 8);
    for (const i of each(16)) {
      const row = all.subarray(i * 8, (i + 1) * 8);
      expect(Math.hypot(...row)).toBeCloseTo(1, 5);
      const stride = SIZE * SIZE * 3;
      const alone = learner.embed(data.pixels.subarray(i * stride, (i + 1) * stride));
      expectClose(alone, row, 1e-5);
    }
  });

  it("starts its residual unit as Euclidean ranking", () => {
    const embeddings = learner.embed(data.pixels);
    const [a, b] = [embeddings.subarray(0, 64), embeddings.subarray(64)];
    const expected = each(8).map((i) =>
      each(8).reduce((sum, k) => sum - (a[i * 8 + k] - b[i * 8 + k]) ** 2, 0),
    );
    expectClose(learner.scorePairs(a, b), expected);
  });

  it("lets only kernels decay, and trains no batch-norm statistics", () => {
    for (const name of learner.decayed) expect(name).toMatch(/kernel$/);
    expect(learner.decayed.has("pddm/distance")).toBe(false);
    const frozen = [...learner.state.keys()].filter((name) => !learner.trainable.has(name));
    expect(frozen).toHaveLength(6);
    for (const name of frozen) expect(name).toMatch(/moving_(mean|variance)$/);
  });

  it("repeats for a seed, and differs for another", () => {
    const valuesOf = (seed: number) => {
      const other = new Learner(buildSmall(SIZE, 8, seed), "published", 4, seed);
      const values = Array.from(other.state.values(), (v) => Array.from(v.dataSync())).flat();
      other.dispose();
      return values;
    };
    expect(valuesOf(1)).toEqual(valuesOf(1));
    expect(valuesOf(1)).not.toEqual(valuesOf(2));
  });
});

describe("training steps and evaluation", () => {
  it.each(["all", "hardest"] as const)("leave no tensor behind, mining %s", (mining) => {
    const before = tf.memory().numTensors;
    const optimizer = new AdamW(learner.trainable, learner.decayed, 1e-3);
    expect(step(optimizer, 1, mining, labels)).toBeGreaterThan(0);
    const { numTensors, numDataBuffers } = tf.memory();
    for (const at of [2, 3]) step(optimizer, at, mining, labels);
    // A batch that holds no positive pair trains nothing, but must not end the run either.
    expect(step(optimizer, 4, mining, each(16))).toBe(0);
    evaluate(learner, data, each(16), 1);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("lower the loss of a batch that is shown again and again", () => {
    const optimizer = new AdamW(learner.trainable, learner.decayed, 0);
    const losses = each(30).map((i) => step(optimizer, i + 1, "all", labels));
    optimizer.dispose();
    expect(losses[29]).toBeLessThan(0.8 * losses[0]);
  });
});
