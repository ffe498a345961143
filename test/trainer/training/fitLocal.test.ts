import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { whitening } from "../../../trainer/linear/whitening.ts";
import { fitLocal } from "../../../trainer/training/fitLocal.ts";
import type { Learner } from "../../../trainer/training/learner.ts";
import { columnMeans, multiply, transpose } from "../../oracles/linear.ts";
import { naiveLocal } from "../../oracles/local.ts";
import { each, expectClose, normalizeRows, toRows } from "../../oracles/numbers.ts";
import { D, data, inputs, items, learnerOf } from "./fitted.ts";

/** Fewer than there are images and classes, so that some must be chosen. */
const REFERENCES = 12;
const CENTROIDS = 3;
const N = items.length;

let learner: Learner;
let rows: number[][];
let flat: Float32Array;

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  learner = await learnerOf("distilled-softmax", CENTROIDS, REFERENCES);
  flat = learner.embed(inputs, items, data.labels).embeddings;
  rows = toRows(flat, D);
});

afterAll(() => {
  learner.dispose();
});

function allScores(): number[] {
  const scores: number[] = [];
  learner.scoreRows(flat, N, (_, all) => scores.push(...all));
  return scores;
}

const valuesOf = (name: string) => Array.from(learner.state.get(`pddm/${name}`)?.dataSync() ?? []);

/** For each column of a kernel, the row that it is. */
function whichRows(name: string, candidates: number[][]): number[] {
  return transpose(toRows(valuesOf(name), valuesOf(name).length / D)).map((column) =>
    candidates.findIndex((row) => row.every((value, k) => Math.abs(value - column[k]) < 1e-4)),
  );
}

describe("the local S", () => {
  it("ranks by distance before it is fitted", () => {
    const { shape } = learner;
    if (shape.form !== "local") throw new Error(shape.form);
    const cosines = multiply(rows, transpose(rows)).flat();
    // Without centroids all profiles are the same.
    expectClose(
      allScores(),
      cosines.map((cosine) => 2 * cosine + shape.profile),
    );
  });
});

describe("the fitted local S", () => {
  let z: number[][];
  let mean: number[];
  let matrix: number[][];

  beforeAll(() => {
    const fitted = whitening(flat, data.labels, D);
    mean = Array.from(fitted.mean);
    matrix = toRows(fitted.matrix, D);
    z = normalizeRows(
      multiply(
        rows.map((row) => row.map((value, k) => value - mean[k])),
        matrix,
      ),
    );
    fitLocal(learner, learner.embed(inputs, items, data.labels));
  });

  it("refers to training images of every class, each once", () => {
    const references = whichRows("references/kernel", z);
    expect(references).not.toContain(-1);
    expect(new Set(references).size).toBe(REFERENCES);
    expect(new Set(references.map((item) => data.labels[item])).size).toBe(4);
  });

  it("has the directions of class means as centroids", () => {
    const means = each(4).map((label) => columnMeans(z.filter((_, i) => data.labels[i] === label)));
    const centroids = whichRows("centroids/kernel", normalizeRows(means));
    expect(centroids).not.toContain(-1);
    expect(new Set(centroids).size).toBe(CENTROIDS);
  });

  it("is that of the equations, with the whitening of the training features", () => {
    if (learner.shape.form !== "local") throw new Error("another form");
    const weights = {
      "pddm/whitening/kernel": matrix.flat(),
      "pddm/whitening/bias": multiply([mean], matrix)[0].map((value) => -value),
      "pddm/references/kernel": valuesOf("references/kernel"),
      "pddm/centroids/kernel": valuesOf("centroids/kernel"),
    };
    expectClose(allScores(), naiveLocal(learner.shape, weights, rows).flat(), 1e-4);
  });

  it("leaks nothing when it is fitted again, and stays as it is", () => {
    const before = allScores();
    const { numTensors } = tf.memory();
    fitLocal(learner, learner.embed(inputs, items, data.labels));
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(allScores()).toEqual(before);
  });

  it("is refused where S has another form", async () => {
    const other = await learnerOf("pddm-residual", 4, N);
    expect(() => {
      fitLocal(other, other.embed(inputs, items, data.labels));
    }).toThrow("S has the residual form");
    other.dispose();
  });
});
